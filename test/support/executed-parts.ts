import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';

/** V8's coverage, in which the innermost of nested ranges counts. */
const Coverage = z.object({
  result: z.array(
    z.object({
      url: z.string(),
      functions: z.array(
        z.object({
          ranges: z.array(z.object({ startOffset: z.int(), endOffset: z.int(), count: z.int() })),
        }),
      ),
    }),
  ),
});

/**
 * Imports a module in a separate process.
 * @returns the loaded files of its folder, and whether the import executed the code at the first occurrence of a text
 */
export async function executedParts(file: string, environment: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'offload-coverage-'));
  const url = pathToFileURL(file).href;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', `await import('${url}')`], {
    env: { ...environment, NODE_V8_COVERAGE: folder },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the import of ${file} ended with ${code}`);
  const [name = ''] = await readdir(folder);
  const { result } = Coverage.parse(JSON.parse(await readFile(join(folder, name), 'utf8')));
  await rm(folder, { recursive: true });

  const loaded = result.filter((script) => script.url.startsWith(new URL('.', url).href));
  const sources = await Promise.all(loaded.map(async ({ url }) => readFile(new URL(url), 'utf8')));
  const isExecuted = (text: string) => {
    const inFile = sources.findIndex((source) => source.includes(text));
    const at = sources[inFile]?.indexOf(text) ?? -1;
    const ranges = loaded[inFile]?.functions.flatMap((one) => one.ranges) ?? [];
    const around = ranges.filter(({ startOffset, endOffset }) => startOffset <= at && at < endOffset);
    if (around.length === 0) throw new Error(`${text} does not stand in what ${file} loads`);
    const [innermost] = around.sort((a, b) => a.endOffset - a.startOffset - (b.endOffset - b.startOffset));
    return (innermost?.count ?? 0) > 0;
  };
  return { loaded: loaded.map((script) => basename(script.url)), isExecuted };
}
