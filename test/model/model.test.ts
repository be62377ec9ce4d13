import { afterAll, describe, expect, test } from '@jest/globals';
import { everyOrder, replayed, walk } from './explore.ts';
import { exercised } from './invariants.ts';
import { small } from './scenarios.ts';

/**
 * For a longer run: how many walks, and how many orders of each small scenario at the most, with three interferences
 * instead of two. A violation prints a MODEL_REPLAY that leads to it again.
 */
const runs = Number(process.env['MODEL_RUNS'] ?? 0);
const replay = process.env['MODEL_REPLAY'];
const lines: string[] = [];

if (replay !== undefined)
  test(`the model, once more: ${replay}`, async () => {
    lines.push(...(await replayed(replay)).trace);
  });
else {
  describe('the model: in every order of what the containers do', () => {
    test.each(small)(
      'no rule is broken by $name',
      async (scenario) => {
        const bounds =
          runs > 0
            ? { interferences: 3, mostInterleavings: runs }
            : { interferences: 2, mostInterleavings: 40 };
        const { interleavings, steps, complete } = await everyOrder(scenario, bounds);
        const all = complete ? 'all' : 'the first';
        lines.push(
          `${scenario.name}: ${all} ${interleavings} orders of up to ${bounds.interferences} interferences, ${steps} steps`,
        );
        expect(interleavings).toBeGreaterThan(1);
      },
      3_600_000,
    );
  });

  test('the model: no rule is broken on random walks', async () => {
    const walks = runs > 0 ? runs : 200;
    let steps = 0;
    for (let seed = 1; seed <= walks; seed += 1) steps += (await walk(seed)).trace.length;
    lines.push(`walks: ${walks}, ${steps} steps`);
    expect(steps).toBeGreaterThan(walks);
  }, 3_600_000);
}

afterAll(() => {
  for (const [rule, times] of [...exercised].sort()) lines.push(`${times} × ${rule}`);
  process.stderr.write(`${lines.map((line) => `  ${line}`).join('\n')}\n`);
});
