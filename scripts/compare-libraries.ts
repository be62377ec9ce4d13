/** Compares code in lib/ with libraries that do the same: bytes in a bundle and load time, which comments there cite. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { showHelp } from './start-command.ts';

showHelp(`Usage: node scripts/compare-libraries.ts

Installs libraries in a temporary folder, bundles each like the functions, and prints the bytes of the bundle and the
time to load it: the median of 30 new processes in turns, less that of an empty module.`);

const root = fileURLToPath(new URL('..', import.meta.url));
const rounds = 30;
const libraries = [
  ...['@aws-sdk/client-dynamodb@3.1164.0', '@smithy/signature-v4@5.7.5', 'negotiator@1.1.0', 'fresh@2.0.0'],
  ...['p-map@7.1.1', 'lru-cache@11.5.3', 'tinyqueue@3.0.0'],
];
/** Rows: ours, then the library. */
const sources: Record<string, string> = {
  nothing: 'export {}',
  'lib/aws/dynamodb.ts': "export { createDynamoDb } from './lib/aws/dynamodb.ts'",
  '@aws-sdk/client-dynamodb': "export { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'",
  'lib/aws/sign.ts': "export { signedHeaders } from './lib/aws/sign.ts'",
  '@smithy/signature-v4': "export { SignatureV4 } from '@smithy/signature-v4'",
  'lib/aws/endpoint.ts': "export { endpointOf } from './lib/aws/endpoint.ts'",
  'lib/http/accept-encoding.ts': "export { acceptedCodings } from './lib/http/accept-encoding.ts'",
  negotiator: "export { default } from 'negotiator'",
  'lib/http/conditional.ts': "export { codingHeld, isMatch } from './lib/http/conditional.ts'",
  fresh: "export { default } from 'fresh'",
  'lib/map-concurrent.ts': "export { mapConcurrent } from './lib/map-concurrent.ts'",
  'p-map': "export { default } from 'p-map'",
  'lib/reading/bounded-memory.ts': "export { createBoundedMemory } from './lib/reading/bounded-memory.ts'",
  'lru-cache': "export { LRUCache } from 'lru-cache'",
  'lib/query/heap.ts': "export { createHeap } from './lib/query/heap.ts'",
  tinyqueue: "export { default } from 'tinyqueue'",
};

const folder = await mkdtemp(join(tmpdir(), 'compare-libraries-'));
try {
  await writeFile(join(folder, 'package.json'), '{}');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', ...libraries], { cwd: folder });
  const bundles: { name: string; file: string; bytes: number; loadMs: number[] }[] = [];
  for (const [name, contents] of Object.entries(sources)) {
    const file = join(folder, `bundle-${bundles.length}.mjs`);
    const { metafile } = await build({
      stdin: { contents, resolveDir: contents.includes("'./lib/") ? root : folder },
      ...{ outfile: file, bundle: true, minify: true, metafile: true, logLevel: 'warning' },
      ...{ format: 'esm', platform: 'node', target: 'node24', mainFields: ['module', 'main'] },
      banner: {
        js: "import { createRequire } from 'node:module';const require=createRequire(import.meta.url);",
      },
    });
    const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
    bundles.push({ name, file, bytes, loadMs: [] });
  }
  for (let round = 0; round < rounds; round += 1)
    for (const { file, loadMs } of bundles) {
      const code = `const startMs = performance.now(); await import('${file}'); console.log(performance.now() - startMs)`;
      loadMs.push(Number(execFileSync(process.execPath, ['--input-type=module', '--eval', code])));
    }
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[rounds / 2] ?? Number.NaN;
  const [empty] = bundles;
  for (const { name, bytes, loadMs } of bundles) {
    const kb = ((bytes - (empty?.bytes ?? 0)) / 1_000).toFixed(1);
    const ms = (median(loadMs) - median(empty?.loadMs ?? [])).toFixed(1);
    console.log(`${name.padEnd(32)}${kb.padStart(7)} KB${ms.padStart(7)} ms`);
  }
} finally {
  await rm(folder, { recursive: true });
}
