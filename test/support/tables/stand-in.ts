/** `node --import` this: the tests' tables stand for `tables/index.ts`, which is the adopter's. */
import { registerHooks } from 'node:module';
import { testTables } from './test-tables.ts';

registerHooks({
  resolve: (specifier, context, next) =>
    /^(\.\.\/)+tables\/index\.ts$/.test(specifier)
      ? { url: testTables.href, shortCircuit: true }
      : next(specifier, context),
});
