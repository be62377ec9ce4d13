import { afterAll, describe, expect, test } from '@jest/globals';
import { everyOrder, replayed, walk } from './explore.ts';
import { exercised } from './invariants.ts';
import { small } from './scenarios.ts';

/** A violation prints a MODEL_REPLAY that leads to it again. */
const replay = process.env['MODEL_REPLAY'];
/** `npm run model` plays more of them. */
const bounds = { interferences: 2, mostInterleavings: 40 };
const walks = 200;
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
        const { interleavings, steps, complete } = await everyOrder(scenario, bounds);
        const all = complete ? 'all' : 'the first';
        lines.push(
          `${scenario.name}: ${all} ${interleavings} orders of up to ${bounds.interferences} interferences, ${steps} steps`,
        );
        expect(interleavings).toBeGreaterThan(1);
      },
      60_000,
    );
  });

  test('the model: no rule is broken on random walks', async () => {
    let steps = 0;
    for (let seed = 1; seed <= walks; seed += 1) steps += (await walk(seed)).steps;
    lines.push(`walks: ${walks}, ${steps} steps`);
    expect(steps).toBeGreaterThan(walks);
  }, 60_000);
}

afterAll(() => {
  for (const [rule, times] of [...exercised].sort()) lines.push(`${times} × ${rule}`);
  process.stderr.write(`${lines.map((line) => `  ${line}`).join('\n')}\n`);
});
