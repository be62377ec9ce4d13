/**
 * Measures the project beside the original, beside Django REST framework, and beside functions that do nothing. `--help` lists
 * the options.
 */
import { parseArgs } from 'node:util';
import { checkOut, createBuild, projectDir } from './build.ts';
import { machineOf } from './machine.ts';
import type { Measure } from './measure.ts';
import { measure as changes } from './measures/changes.ts';
import { measure as cold } from './measures/cold.ts';
import { measure as handler } from './measures/handler.ts';
import { measure as memory } from './measures/memory.ts';
import { measure as propagation } from './measures/propagation.ts';
import { measure as queries } from './measures/queries.ts';
import { measure as refresh } from './measures/refresh.ts';
import { measure as runtime } from './measures/runtime.ts';
import { measure as size } from './measures/size.ts';
import { measure as tables } from './measures/tables.ts';
import { measure as throughput } from './measures/throughput.ts';
import { measure as wire } from './measures/wire.ts';
import { installPeers } from './peers/install.ts';
import { addMeasure, quickFile, readResults, resultsFile, tableOf, writeDocument } from './report.ts';
import { startWorld } from './world.ts';

const measures: Record<string, Measure> = {
  ...{
    size,
    cold,
    runtime,
    handler,
    throughput,
    refresh,
    tables,
    wire,
    memory,
    propagation,
    changes,
    queries,
  },
};

const help = `npm run bench -- [options]

  --quick            about three minutes, up to 10,000 rows; leaves bench/results.json and the documents as they are
  --only name,name   these measures only: ${Object.keys(measures).join(', ')}
  --beside commit    measures that commit's functions too, where a measure compares with it
  --pairs n          alternating rounds of cold starts (quick 5, else 21)
  --large            1,000,000 rows too, in the measure memory`;

const startMs = performance.now();
const progress = (line: string) =>
  console.log(`${((performance.now() - startMs) / 1_000).toFixed(0).padStart(5)} s  ${line}`);

/** @throws Error with one sentence for an unknown option or measure */
function parseOptions() {
  const boolean = { type: 'boolean', default: false } as const;
  const string = { type: 'string' } as const;
  const options = {
    quick: boolean,
    large: boolean,
    help: boolean,
    only: string,
    beside: string,
    pairs: string,
  };
  const { values } = parseArgs({ options });
  const names = values.only?.split(',') ?? Object.keys(measures);
  const unknown = names.filter((name) => measures[name] === undefined);
  if (unknown.length > 0)
    throw new Error(
      `--only has no measure ${unknown.join(', ')}; there are ${Object.keys(measures).join(', ')}.`,
    );
  const pairs = Number(values.pairs ?? (values.quick ? 5 : 21));
  if (!Number.isSafeInteger(pairs) || pairs < 1)
    throw new Error(`--pairs must be a whole number, got ${values.pairs}.`);
  return { ...values, names, pairs };
}

async function bench({ names, quick, large, pairs, beside }: ReturnType<typeof parseOptions>) {
  if (process.platform !== 'linux')
    throw new Error(`The benchmark needs Linux; this is ${process.platform}.`);
  const python = await installPeers();
  const former = beside === undefined ? undefined : await checkOut(beside);
  const before = former && createBuild(former.root, 'before');
  const now = createBuild(projectDir, 'now');
  const world = await startWorld(progress);
  const stop = async () => {
    await world.stop();
    process.exit(130);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const file = quick ? quickFile : resultsFile;
  try {
    const machine = await machineOf(python);
    for (const name of names) {
      const bench = { world, now, before, quick, large, pairs };
      const figures = await measures[name]?.({ ...bench, progress: (line) => progress(`${name}: ${line}`) });
      await addMeasure(file, { name, machine, former: former?.hash, figures: figures ?? [] });
      console.log(`\n${tableOf(figures ?? [])}\n`);
    }
    if (!quick) await writeDocument(await readResults(file));
    progress(`The figures are in ${file}.`);
  } finally {
    await world.stop();
  }
}

const fail = (code: number) => (error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = code;
};
try {
  const options = parseOptions();
  if (options.help) console.log(help);
  else await bench(options).catch(fail(1));
} catch (error) {
  fail(2)(error);
}
