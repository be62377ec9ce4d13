/**
 * Measures the project beside the original, beside Django REST framework, and beside functions that do
 * nothing:
 *
 *     npm run bench                       # everything, into bench/results.json and the documents
 *     npm run bench -- --quick            # up to 10,000 topics, into .local/bench/results.json
 *     npm run bench -- --only warm,cold   # these only; the other figures stay as they are
 */
import { mkdir, rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { currentCommit } from './commit.ts';
import { installRuntimeClient } from './lambda/install.ts';
import { measureModules } from './lambda/module-costs.ts';
import { machineOf } from './machine.ts';
import { measure as cold } from './measure/cold.ts';
import { measure as loop } from './measure/loop.ts';
import { measure as memory } from './measure/memory.ts';
import { measure as propagation } from './measure/propagation.ts';
import { measure as refresh } from './measure/refresh.ts';
import { measure as traffic } from './measure/refresh-traffic.ts';
import { measure as throughput } from './measure/throughput.ts';
import { measure as warm } from './measure/warm.ts';
import type { Measure } from './measure.ts';
import { installPeers } from './peers/install.ts';
import { report, resultsFile } from './report.ts';
import { merge, type Results, readResults, writeResults } from './results.ts';
import { summaryOf } from './summary.ts';
import { tableOf } from './tables.ts';
import { logFile } from './throughput/servers.ts';
import { benchDir, startWorld } from './world.ts';

/** In the order in which they run: those that change the table come last. */
const measures: Record<string, Measure> = {
  warm,
  loop,
  throughput,
  memory,
  cold,
  modules: measureModules,
  refresh,
  traffic,
  propagation,
};

/** Those that run functions in AWS's runtime client. */
const inRuntimeClient = new Set(['loop', 'cold']);

const sizes = { quick: [10, 1_000, 10_000], full: [10, 1_000, 10_000, 100_000] };
const quickFile = `${benchDir}/results.json`;

const startMs = performance.now();
const progress = (line: string) => {
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
  console.log(`${seconds.padStart(6)} s  ${line}`);
};

/** @throws Error with one sentence for what is no option, or no measure */
function parseOptions() {
  const { values } = parseArgs({ options: { quick: { type: 'boolean' }, only: { type: 'string' } } });
  const names = values.only === undefined ? Object.keys(measures) : values.only.split(',');
  const unknown = names.filter((name) => measures[name] === undefined);
  if (unknown.length > 0)
    throw new Error(`There is no ${unknown.join(', ')}: --only takes ${Object.keys(measures).join(', ')}.`);
  return { names, quick: values.quick ?? false };
}

async function bench({ names, quick }: ReturnType<typeof parseOptions>) {
  if (process.platform !== 'linux')
    throw new Error(`The benchmark runs on Linux only; this is ${process.platform}.`);
  await mkdir(benchDir, { recursive: true });
  const file = quick ? quickFile : resultsFile;
  const python = await installPeers();
  // It takes a compiler, where it is not there yet: whoever has none is told before anything is measured.
  if (names.some((name) => inRuntimeClient.has(name))) await installRuntimeClient({ progress });
  const world = await startWorld({ progress });
  const stop = async (signal: NodeJS.Signals) => {
    progress(`${signal}: ending`);
    await world.stop();
    process.exit(130);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);

  try {
    await rm(logFile, { force: true });
    const { databaseUrl } = await world.at(sizes.quick[0] ?? 0);
    const machine = await machineOf({ python, databaseUrl });
    const commit = await currentCommit();
    const isPart = names.length < Object.keys(measures).length;
    const earlier = isPart ? await readResults(file) : undefined;
    if (earlier !== undefined) refuseOther(machine, earlier);
    const { figures: kept = [], commits: known = {} } = earlier ?? {};
    let results: Results = {
      ...{ machine, quick, date: today(), figures: kept },
      commits: Object.fromEntries(kept.map(({ measure }) => [measure, known[measure] ?? 'unknown'])),
    };

    for (const name of names) {
      progress(name);
      const how = { world, sizes: quick ? sizes.quick : sizes.full, quick };
      const found = await measures[name]?.({ ...how, progress: (line) => progress(`${name}: ${line}`) });
      const commits = { ...results.commits, [name]: commit };
      const figures = merge(results.figures, found ?? [], Object.keys(measures));
      results = await writeResults(file, { ...results, commits, figures });
    }
    progress('done');
    for (const name of names) console.log(`\n${name}\n\n${tableOf(name, results.figures)}`);
    console.log(`\nIn short\n\n${summaryOf(results.figures)}`);
    console.log(`\nThe figures are in ${file}.`);
    if (new Set(Object.values(results.commits)).size > 1)
      console.log(
        'They are of several commits, which the page lists: compare them only where nothing else changed.',
      );
    if (quick) console.log('A quick run leaves bench/results.json and the documents as they are.');
    else for (const written of await report(results)) console.log(`Written: ${written}`);
  } finally {
    await world.stop();
  }
}

const today = () => new Date().toISOString().slice(0, 10);

/** @throws Error with one sentence where some figures would be of another machine than the rest */
function refuseOther(machine: Results['machine'], earlier: Results) {
  const differing = Object.keys(machine).filter((name) => machine[name] !== earlier.machine[name]);
  if (differing.length > 0)
    throw new Error(
      `The figures to keep are of another machine (${differing.join(', ')}): run the benchmark without --only.`,
    );
}

const fail = (code: number) => (error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = code;
};

try {
  await bench(parseOptions()).catch(fail(1));
} catch (error) {
  fail(2)(error);
}
