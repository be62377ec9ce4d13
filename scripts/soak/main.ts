import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { figuresOf } from '../../test/histories/figures.ts';
import type { Line } from '../../test/histories/line.ts';
import { run } from '../../test/histories/run.ts';
import { startCommand } from '../start-command.ts';

startCommand(`Usage: npm run soak [-- --seconds 600] [--seed N]

Run the tests' histories in a temporary folder, with a crashing database and two releases side by side. If a rule is
violated, the command keeps the history file and exits with 1. Ctrl-C ends the run early and checks its history.

  --seconds N  the length of the run (default 600)
  --seed N     the seed of the run (default: from the time)`);

const progressEveryMs = 10_000;
const violationsShown = 10;

const Options = z.object({
  seconds: z.coerce.number('not a number').positive('not a positive number').default(600),
  seed: z.coerce
    .number('not a number')
    .int('not a whole number')
    .default(() => Date.now() % 1_000_000),
});

const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } });
const options = Options.safeParse(values);
if (options.success) process.exitCode = (await soak(options.data)) ? 0 : 1;
else {
  for (const { path, message } of options.error.issues) console.error(`--${path.join('.')} is ${message}.`);
  process.exitCode = 1;
}

async function soak({ seconds, seed }: z.output<typeof Options>): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'offload-soak-'));
  const file = join(folder, 'history.jsonl');
  const history = createWriteStream(file);
  const written = new Promise<void>((resolve) => history.once('close', resolve));
  const progress = createProgress();
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());

  console.log(`${seconds} s with seed ${seed}; the history is written to ${file}`);
  const timer = setInterval(() => console.log(progress.line()), progressEveryMs);
  try {
    const onLine = (line: Line) => {
      history.write(`${JSON.stringify(line)}\n`);
      progress.count(line);
    };
    const { lines, violations } = await run({
      ...{ seed, seconds, onLine, signal: interrupted.signal },
      ...{ crashes: true, clockOffsetsMs: [0, 0, 0, 0], deployed: [0, 0, 1, 0] },
    });
    clearInterval(timer);
    for (const line of figuresOf(lines)) console.log(line);
    for (const violation of violations.slice(0, violationsShown)) console.error(JSON.stringify(violation));
    console.log(`${violations.length} violations`);
    if (violations.length > 0) console.error(`The history is kept: ${file}`);
    history.end();
    await written;
    if (violations.length === 0) await rm(folder, { recursive: true });
    return violations.length === 0;
  } finally {
    clearInterval(timer);
  }
}

/** Counts the lines of each kind. */
function createProgress() {
  const startMs = Date.now();
  const names = {
    transaction: 'transactions',
    refresh: 'refreshes',
    pointer: 'pointers',
    read: 'reads',
    sweep: 'sweeps',
    mishap: 'mishaps',
  };
  const counts = new Map(Object.keys(names).map((kind) => [kind, 0]));
  return {
    count({ kind }: Line) {
      const before = counts.get(kind);
      if (before !== undefined) counts.set(kind, before + 1);
    },
    line() {
      const all = Object.entries(names).map(([kind, name]) => `${counts.get(kind)} ${name}`);
      return `${Math.round((Date.now() - startMs) / 1_000)} s: ${all.join(', ')}`;
    },
  };
}
