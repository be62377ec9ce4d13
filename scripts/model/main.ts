import { parseArgs } from 'node:util';
import * as z from 'zod';
import { everyOrder } from '../../test/model/every-order.ts';
import { exercised } from '../../test/model/invariants.ts';
import { small } from '../../test/model/scenarios.ts';
import { Violation } from '../../test/model/scheduler.ts';
import { walk } from '../../test/model/walk.ts';
import { startCommand } from '../start-command.ts';

startCommand(`Usage: npm run model -- [--steps N] [--interferences 3] [--orders N] [--seed N] [--scenario NAME …]

Explore the protocol's model: every order of each small scenario, then random walks.

--interferences  the most interferences in an order (default 3)
--orders         the most orders to play of each scenario (default 10,000; 0: none)
--steps          the number of steps in random walks (default 1,000,000)
--seed           the seed of the first walk (default 1)
--scenario       play only this scenario; can be repeated

The command prints what was played, and how often each rule was checked. At the first violation it exits with 1, and
prints the MODEL_REPLAY that repeats it (MODEL_REPLAY=… npx jest test/model). Ctrl-C ends the walks early.

All orders with three interferences: npm run model -- --steps 0 --orders 1000000000`);

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
    const startMs = performance.now();
    const explored = await everyOrder(scenario, {
      ...{ interferences, mostPlays: orders },
      onPlayed: (played) => progress(played.steps, () => scenario.name),
    });
    const { plays, abandoned, states, steps: played, complete } = explored;
    const orderly = complete ? 'all orders' : 'not all orders';
    const seconds = Math.round((performance.now() - startMs) / 1_000);
    console.log(
      `${scenario.name}: ${orderly} of up to ${interferences} interferences, ${plays} plays (${abandoned} of them up to a known state), ${states} states, ${played} steps, ${seconds} s`,
    );
  }
  const untilSteps = steps + walks.steps;
  let { seed } = walks;
  for (; steps < untilSteps && !isInterrupted; seed += 1)
    progress((await walk(seed)).steps, () => `walk ${seed}`);
  console.log(`walks: seeds ${walks.seed} to ${seed - 1}`);
}
