import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import * as z from 'zod';
import { buildClient } from '../client/build.ts';
import type { StaticFile } from '../lib/http/static-file.ts';

const site = dirname(fileURLToPath(import.meta.url));
const client = join(site, '../client');
const swaggerUi = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
/** Caches the compressed pages, whose build takes seconds, by the hash of their sources. */
const cache = join(site, '../node_modules/.cache/docs-site');

/** The files that `index.html` refers to. Their names contain their hash, so caches keep them. */
const hashed = [
  join(swaggerUi, 'swagger-ui-bundle.js'),
  join(swaggerUi, 'swagger-ui.css'),
  join(site, 'docs.js'),
];
/** Files with a fixed name, to which other pages refer. */
const named = [
  join(site, 'page.css'),
  ...['example.html', 'example.css', 'example.js'].map((name) => join(client, 'example', name)),
];
const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.ts': 'text/plain; charset=utf-8',
};

const Pages = z.array(
  z.object({
    ...{ name: z.string(), contentType: z.string(), hash: z.string(), bytes: z.number() },
    ...{ isImmutable: z.boolean(), gzip: z.string(), br: z.string() },
  }),
);

/** The source files of the pages. */
export async function pageSources(): Promise<string[]> {
  const inClient = (await readdir(client)).filter((name) => name.endsWith('.ts'));
  return [...hashed, ...named, join(site, 'index.html'), ...inClient.map((name) => join(client, name))];
}

/** Every file below `/docs/`: Swagger UI, the client with its types, and an example page. */
export async function buildPages(): Promise<StaticFile[]> {
  const key = createHash('sha256').update(await readFile(fileURLToPath(import.meta.url)));
  for (const file of await pageSources()) key.update(await readFile(file));
  const cached = join(cache, `${key.digest('base64url')}.json`);
  const kept = await readFile(cached, 'utf8').catch(() => undefined);
  if (kept !== undefined) return Pages.parse(JSON.parse(kept));
  const pages = await makePages();
  await mkdir(cache, { recursive: true });
  await writeFile(`${cached}.${process.pid}`, JSON.stringify(pages));
  await rename(`${cached}.${process.pid}`, cached);
  return pages;
}

async function makePages(): Promise<StaticFile[]> {
  const pages: StaticFile[] = [];
  let index = await readFile(join(site, 'index.html'), 'utf8');
  for (const path of hashed) {
    const bytes = await readFile(path);
    const name = path.slice(dirname(path).length + 1);
    const ending = extname(name);
    const ownName = `${name.slice(0, -ending.length)}.${hashOf(bytes).slice(0, 10)}${ending}`;
    index = index.replace(`"${name}"`, `"${ownName}"`);
    pages.push({ ...staticFile(ownName, bytes), isImmutable: true });
  }
  pages.push(staticFile('', Buffer.from(index), '.html'));
  for (const path of named)
    pages.push(staticFile(path.slice(dirname(path).length + 1), await readFile(path)));

  const built = await mkdtemp(join(tmpdir(), 'client-'));
  try {
    await buildClient(built);
    for (const name of ['client.js', 'client.d.ts'])
      pages.push(staticFile(name, await readFile(join(built, name))));
  } finally {
    await rm(built, { recursive: true });
  }
  return pages;
}

function staticFile(name: string, bytes: Buffer, ending = extname(name)): StaticFile {
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  return {
    name,
    contentType: contentTypes[ending] ?? 'application/octet-stream',
    hash: hashOf(bytes),
    bytes: bytes.byteLength,
    isImmutable: false,
    gzip: gzipSync(bytes, { level: 9 }).toString('base64'),
    br: brotliCompressSync(bytes, quality).toString('base64'),
  };
}

const hashOf = (bytes: Buffer) =>
  createHash('sha256').update(bytes).digest('base64url').replace(/[-_]/g, '0');
