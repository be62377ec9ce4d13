import { parseArgs } from 'node:util';
import * as z from 'zod';
import { everyOrder, walk } from '../../test/model/explore.ts';
import { exercised } from '../../test/model/invariants.ts';
import { small } from '../../test/model/scenarios.ts';
import { Violation } from '../../test/model/scheduler.ts';
import { startCommand } from '../start-command.ts';

startCommand(`Usage: npm run model -- [--steps N] [--interferences 3] [--orders N] [--seed N] [--scenario NAME …]

Check the protocol's model: first every order of each small scenario, then random walks.

--steps N          steps of random walks (default 1,000,000)
--orders N         the most orders per scenario (default 10,000; 0: no orders)
--interferences N  the most interferences per order (default 3)
--seed N           the seed of the first walk (default 1)
--scenario NAME    a scenario for the orders; can be repeated (default: all)

It prints the played steps and how often each rule was checked. At the first violation it prints the MODEL_REPLAY that
repeats it (MODEL_REPLAY=… npx jest test/model), and exits with 1. Ctrl-C ends the walks early.`);

const progressEveryMs = 60_000;

const count = (most: number) =>
  z.coerce.number('not a number').int('not a whole number').min(0, 'negative').max(most, 'too large');
const Options = z.object({
  steps: count(1e12).default(1_000_000),
  interferences: count(10).default(3),
  orders: count(1e12).default(10_000),
  seed: count(2 ** 31).default(1),
  scenario: z.array(z.enum(small.map(({ name }) => name))).default(small.map(({ name }) => name)),
});

const { values } = parseArgs({
  options: {
    steps: { type: 'string' },
    interferences: { type: 'string' },
    orders: { type: 'string' },
    seed: { type: 'string' },
    scenario: { type: 'string', multiple: true },
  },
});
const options = Options.safeParse(values);
if (!options.success) {
  for (const { path, message } of options.error.issues) console.error(`--${path.join('.')}: ${message}`);
  process.exit(2);
}

let isInterrupted = false;
process.once('SIGINT', () => {
  isInterrupted = true;
});
let steps = 0;
let lastMs = performance.now();
function progress(played: number, what: () => string) {
  steps += played;
  if (performance.now() - lastMs < progressEveryMs) return;
  lastMs = performance.now();
  console.log(`${Math.round(lastMs / 1_000)} s, ${steps} steps: ${what()}`);
}

try {
  await explore(options.data);
} catch (error) {
  if (!(error instanceof Violation)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
for (const [rule, times] of [...exercised].sort()) console.log(`${times} × ${rule}`);
console.log(`${steps} steps, ${process.exitCode === 1 ? 'a violation' : '0 violations'}`);

async function explore({ interferences, orders, scenario: names, ...walks }: z.output<typeof Options>) {
  for (const scenario of small) {
    if (orders === 0 || !names.includes(scenario.name)) continue;
    const explored = await everyOrder(scenario, {
      ...{ interferences, mostInterleavings: orders },
      onPlayed: (played) => progress(played, () => scenario.name),
    });
    const all = explored.complete ? 'all' : 'the first';
    console.log(
      `${scenario.name}: ${all} ${explored.interleavings} orders of up to ${interferences} interferences, ${explored.steps} steps`,
    );
  }
  const untilSteps = steps + walks.steps;
  let { seed } = walks;
  for (; steps < untilSteps && !isInterrupted; seed += 1)
    progress((await walk(seed)).trace.length, () => `walk ${seed}`);
  console.log(`walks: seeds ${walks.seed} to ${seed - 1}`);
}
