import { afterAll, describe, expect, test } from '@jest/globals';
import { everyOrder } from './every-order.ts';
import { exercised } from './invariants.ts';
import { type Scenario, small } from './scenarios.ts';
import { replayed, walk } from './walk.ts';

/** A violation prints a MODEL_REPLAY that leads to it again. */
const replay = process.env['MODEL_REPLAY'];
/** `npm run model` plays more of them. */
const bounds = { interferences: 1, mostPlays: 25 };
const walks = 100;
const lines: string[] = [];

if (replay !== undefined)
  test(`the model, once more: ${replay}`, async () => {
    lines.push(...(await replayed(replay)).trace());
  });
else {
  describe('the model: in every order of what the containers do', () => {
    test.each(small)(
      'no rule is broken by $name',
      async (scenario) => {
        const { plays, states, steps } = await everyOrder(scenario, bounds);
        lines.push(`${scenario.name}: ${plays} plays, ${states} states, ${steps} steps`);
        expect(plays).toBeGreaterThan(1);
      },
      60_000,
    );
  });

  test('the model: orders are left out only if others lead to the same ends and answers', async () => {
    const some = await outcomes({ playsAll: false });
    const all = await outcomes({ playsAll: true });
    expect(some.ends).toEqual(all.ends);
    expect(some.answers).toEqual(all.answers);
    expect(some.steps).toBeLessThan(0.6 * all.steps);
  }, 60_000);

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

/** One change whose refresh can die: no scenario has more outcomes for fewer orders. */
const oneChange: Scenario = {
  name: 'one-change',
  mishaps: { crashes: 1, failures: 0, freezes: 0 },
  allLinger: false,
  play: ({ writer }) => writer({ rows: ['1'], event: 'of a trigger' }),
};

/** What is stored after, and answered in, all orders with two interferences. */
async function outcomes({ playsAll }: { playsAll: boolean }) {
  const ends = new Set<string>();
  const answers = new Set<string>();
  const { steps } = await everyOrder(oneChange, {
    ...{ playsAll, interferences: 2, mostPlays: 10_000 },
    async onPlayed(played) {
      if (!played.isAbandoned) ends.add(await played.content());
      for (const answer of played.answers()) answers.add(answer);
    },
  });
  return { ends, answers, steps };
}
