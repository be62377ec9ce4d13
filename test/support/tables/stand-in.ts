/** Load with `node --import`: replaces the adopter's `tables/index.ts` by the tests' tables. */
import { registerHooks } from 'node:module';
import { testTables } from './test-tables.ts';

registerHooks({
  resolve: (specifier, context, next) =>
    /^(\.\.\/)+tables\/index\.ts$/.test(specifier)
      ? { url: testTables.href, shortCircuit: true }
      : next(specifier, context),
});
