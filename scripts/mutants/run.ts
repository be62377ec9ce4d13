import startPostgres, { tearDown as stopPostgres } from '../../test/support/postgres-cluster.ts';
import { startCommand } from '../start-command.ts';
import { type Mutant, mutants } from './mutant.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';

startCommand(`Usage: npm run mutants [-- PART-OF-A-NAME]

Break a copy of the code in one known way after another, and run the tests of each broken rule. If a test passes in spite
of the fault, the test does not enforce its rule, and the command exits with 1.

PART-OF-A-NAME selects the mutants whose name contains it (default: all).`);

const atOnce = 2;
const [part = ''] = process.argv.slice(2);
const chosen = mutants.filter(({ name }) => name.includes(part));
const startMs = Date.now();
const seconds = () => `${Math.round((Date.now() - startMs) / 1_000)} s`;

await startPostgres(); // sets TEST_POSTGRES_URL, so that all test runs share it
const sandboxes = await Promise.all(Array.from({ length: atOnce }, createSandbox));
try {
  process.exitCode = (await testsPass(sandboxes[0])) && (await allAreCaught()) ? 0 : 1;
} finally {
  await Promise.all(sandboxes.map((sandbox) => sandbox.remove()));
  await stopPostgres();
}

/** Runs the tests without a mutant, because a test that already fails cannot detect a fault. */
async function testsPass(sandbox: Sandbox | undefined): Promise<boolean> {
  const tests = [...new Set(chosen.flatMap((mutant) => mutant.tests))];
  const failed = [...((await sandbox?.failures(tests)) ?? [])].filter(([, titles]) => titles.length > 0);
  for (const [test, titles] of failed) console.error(`fails without a mutant: ${test}: ${titles.join('; ')}`);
  console.log(`${tests.length} test files, unbroken: ${failed.length} fail (${seconds()})`);
  return failed.length === 0;
}

async function allAreCaught(): Promise<boolean> {
  const waiting = [...chosen];
  let survived = 0;
  const work = async (sandbox: Sandbox) => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift())
      if (!(await isCaught(sandbox, mutant))) survived += 1;
  };
  await Promise.all(sandboxes.map(work));
  console.log(`${chosen.length} mutants, ${survived} survived (${seconds()})`);
  return survived === 0;
}

async function isCaught(sandbox: Sandbox, { name, file, search, replace, tests }: Mutant): Promise<boolean> {
  const { undo } = await sandbox.replace(file, search, replace);
  const failures = await sandbox.failures(tests).finally(undo);
  const lines = [...failures].map(([test, titles]) => {
    const more = titles.length > 1 ? ` (and ${titles.length - 1} more)` : '';
    return titles.length === 0 ? `    SURVIVED ${test}` : `    ${test}: ${titles[0]}${more}`;
  });
  console.log(`${name} (${seconds()})\n${lines.join('\n')}`);
  return [...failures.values()].every((titles) => titles.length > 0);
}
