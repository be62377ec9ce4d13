/**
 * What the parts of the list function cost when it is loaded:
 *
 *     npx node bench/lambda/module-costs.ts
 *
 * Bytes are of the bundle as it is deployed. Milliseconds are of the part alone with all that it imports, bundled and
 * imported in a fresh process, so parts that import the same thing have it twice, and a sum says nothing.
 */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { bundle } from '../bundle.ts';
import { type Figure, figureOf } from '../figure.ts';
import { projectFile } from '../project-file.ts';
import { tableOf } from '../tables.ts';
import { inTurns } from '../turns.ts';
import { benchDir } from '../world.ts';
import { partsOf } from './bundle-parts.ts';

const entry = 'functions/list.ts';
const rounds = 15;

/** As far as the list function reads it while it loads. */
const environment = {
  ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any', CACHE_TABLE: 'any' },
  ...{ DB_CLUSTER_ARN: 'arn:any', DB_SECRET_ARN: 'arn:any', DB_NAME: 'any' },
};

/** The runtime client has loaded these before it loads a function. */
const runtime = ['node:http', 'node:net', 'node:worker_threads', 'node:util', 'node:path', 'node:os'];

/** @returns milliseconds of importing a file in a fresh process */
async function importTime(file: string): Promise<number> {
  const code = `${runtime.map((name) => `require('${name}');`).join('')}
    const startMs = performance.now();
    import('${pathToFileURL(file)}').then(() => console.log(performance.now() - startMs));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', code], { env: environment });
  return Number(stdout);
}

export async function measureModules(): Promise<Figure[]> {
  const folder = `${benchDir}/parts`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const parts = await partsOf(entry);
  await bundle(projectFile(entry), `${folder}/whole.mjs`);
  const cases = [{ subject: 'all of it', file: `${folder}/whole.mjs` }];
  const sources: [string, string][] = parts.map(({ name, source = '' }) => [name, source]);
  for (const [name, source] of [['an empty module', 'export {};'] as const, ...sources]) {
    if (source === '') continue;
    const file = `${folder}/${name.replaceAll('/', '-')}`;
    await writeFile(`${file}.ts`, source);
    await bundle(`${file}.ts`, `${file}.mjs`);
    cases.push({ subject: name, file: `${file}.mjs` });
  }

  const bytes = (subject: string, variant: string, count: number) =>
    figureOf({ measure: 'modules', subject, variant, rows: 0, unit: 'bytes' }, [count]);
  const sizes = parts.flatMap((part) => [
    bytes(part.name, 'at load', part.bytes),
    bytes(part.name, 'later', part.laterBytes),
  ]);
  const total = (key: 'bytes' | 'laterBytes') => parts.reduce((sum, part) => sum + part[key], 0);
  const times = await inTurns(rounds, cases, ({ file }) => importTime(file));
  return [
    bytes('all of it', 'at load', total('bytes')),
    bytes('all of it', 'later', total('laterBytes')),
    ...sizes,
    ...[...times].map(([{ subject }, samples]) =>
      figureOf({ measure: 'modules', subject, variant: 'import', rows: 0, unit: 'ms' }, samples),
    ),
  ];
}

if (import.meta.main) console.log(tableOf('modules', await measureModules()));
