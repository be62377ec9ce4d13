/** Compares the project with the original, with Django REST framework, and with functions that do no work. */
import { parseArgs } from 'node:util';
import { checkOut, createBuild, projectDir } from './build.ts';
import { machineOf } from './machine.ts';
import type { Bench, Measure } from './measure.ts';
import { installPeers } from './peers/install.ts';
import { addMeasure, quickFile, readResults, resultsFile, tableOf, writeDocuments } from './report.ts';
import { startWorld } from './world.ts';

/** The files of measures/. */
const measures = [
  ...['size', 'cold', 'runtime', 'handler', 'throughput', 'refresh', 'tables', 'wire'],
  ...['memory', 'propagation', 'changes', 'queries'],
];

const help = `Usage: npm run bench -- [options]

Measure this project and the systems that it is compared with, and write bench/results.json and the tables of the documents.

  --quick            take about three minutes, with up to 10,000 rows; write neither results.json nor documents
  --only name,name   run only these measures: ${measures.join(', ')}
  --beside commit    measure the functions of that commit too
  --pairs n          alternating rounds of cold starts (default 21, with --quick 5)
  --large            also measure the memory with 1,000,000 rows`;

const startMs = performance.now();
const progress = (line: string) =>
  console.log(`${((performance.now() - startMs) / 1_000).toFixed(0).padStart(5)} s  ${line}`);

/** @throws Error with one sentence for an unknown option or measure */
function parseOptions() {
  const boolean = { type: 'boolean', default: false } as const;
  const string = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { quick: boolean, large: boolean, help: boolean, only: string, beside: string, pairs: string },
  });
  const names = values.only?.split(',') ?? measures;
  const unknown = names.filter((name) => !measures.includes(name));
  if (unknown.length > 0)
    throw new Error(`Unknown measure ${unknown.join(', ')}: choose from ${measures.join(', ')}.`);
  const pairs = Number(values.pairs ?? (values.quick ? 5 : 21));
  if (!Number.isSafeInteger(pairs) || pairs < 1)
    throw new Error(`--pairs must be a whole number above 0, got ${values.pairs}.`);
  return { ...values, names, pairs };
}

async function bench({ names, quick, large, pairs, beside }: ReturnType<typeof parseOptions>) {
  if (process.platform !== 'linux')
    throw new Error(`The benchmark needs Linux, and this is ${process.platform}.`);
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
  const shared = { world, python, now, before, quick, large, pairs };
  try {
    const compared = {
      machine: await machineOf(python),
      ...(former && { former: former.hash.slice(0, 12) }),
    };
    for (const name of names) {
      const started: { stop(): Promise<unknown> }[] = [];
      const later: Bench['later'] = async (one) => {
        const ready = await one;
        started.push(ready);
        return ready;
      };
      progress(name);
      try {
        const { measure }: { measure: Measure } = await import(`./measures/${name}.ts`);
        const figures = await measure({ ...shared, later, progress: (line) => progress(`${name}: ${line}`) });
        await addMeasure(file, { name, ...compared, figures });
        console.log(`\n${tableOf(figures)}\n`);
      } finally {
        for (const one of started.reverse()) await one.stop();
      }
    }
    if (!quick) await writeDocuments(await readResults(file));
    progress(`The figures are in ${file}.`);
  } finally {
    await world.stop();
  }
}

try {
  const options = parseOptions();
  if (options.help) console.log(help);
  else await bench(options);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
