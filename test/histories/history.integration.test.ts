import { expect, test } from '@jest/globals';
import { figuresOf } from './figures.ts';
import { linesOf } from './line.ts';
import { run } from './run.ts';

const seconds = 12;
const seed = 20_240_101;

/** Fails with the violated rules. */
async function expectGood(options: Parameters<typeof run>[0]) {
  const { lines, violations } = await run(options);
  const figures = figuresOf(lines).map((line) => `  ${line}`);
  process.stderr.write(`${figures.join('\n')}\n`);
  expect(violations.slice(0, 20)).toEqual([]);
  return lines;
}

test('under kills, freezes, crashes and faults, lists are of one moment, never go back, and converge to the tables', async () => {
  const lines = await expectGood({ seed, seconds, crashes: true });
  expect(linesOf(lines, 'restart').length).toBeGreaterThan(0);
}, 120_000);

test('two concurrent releases each serve their own form', async () => {
  const lines = await expectGood({ seed, seconds: 6, mishaps: false, deployed: [0, 1] });
  expect(new Set(linesOf(lines, 'read').map(({ answer }) => answer?.form)).size).toBeGreaterThan(2);
}, 120_000);
