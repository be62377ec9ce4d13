import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { build, type Metafile } from 'esbuild';
import { projectFile } from '../project-file.ts';

/** A package, or a folder of the project. */
export interface Part {
  name: string;
  /** In the bundle, of modules that run when it is loaded. */
  bytes: number;
  /** In the bundle, of modules that run when something first needs them. */
  laterBytes: number;
  /** A module that is this part alone, with all that it imports; undefined where nothing of ours names it. */
  source: string | undefined;
}

/** What a bundle of this entry is made of, the largest part first. */
export async function partsOf(entry: string): Promise<Part[]> {
  const { metafile } = await build({
    ...{ entryPoints: [entry], absWorkingDir: projectFile(''), outdir: 'unwritten', write: false },
    ...{ bundle: true, splitting: true, minify: true, format: 'esm', target: 'node24', platform: 'node' },
    ...{ mainFields: ['module', 'main'], metafile: true },
  });
  const atLoad = loadedBy(entry, metafile);
  const parts = new Map<string, Part & { files: string[] }>();
  for (const { inputs } of Object.values(metafile.outputs))
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const name = partOf(file);
      const part = parts.get(name) ?? { name, bytes: 0, laterBytes: 0, files: [], source: undefined };
      parts.set(name, part);
      if (!atLoad.has(file)) part.laterBytes += bytesInOutput;
      else {
        part.bytes += bytesInOutput;
        part.files.push(file);
      }
    }

  const ours = [...atLoad].filter((file) => !file.includes('node_modules/'));
  const packages = await packageSources(ours);
  return [...parts.values()]
    .map(({ files, ...part }) => ({ ...part, source: packages.get(part.name) ?? reexport(files) }))
    .toSorted((a, b) => b.bytes - a.bytes || b.laterBytes - a.laterBytes);
}

/** The modules that an entry's static imports lead to. */
function loadedBy(entry: string, { inputs }: Metafile): Set<string> {
  const found = new Set([entry]);
  for (const file of found)
    for (const { path, kind, external } of inputs[file]?.imports ?? [])
      if (kind !== 'dynamic-import' && external !== true && inputs[path] !== undefined) found.add(path);
  return found;
}

/** Where a file of the bundle belongs to: `@middy/core`, `lib/http`, `lib`, `functions`. */
const partOf = (file: string) =>
  /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? file.split('/').slice(0, -1).join('/');

const reexport = (files: readonly string[]) => {
  const ours = files.filter((file) => !file.includes('node_modules/'));
  if (ours.length === 0) return undefined;
  return ours
    .map((file, at) => `export * as part${at} from ${JSON.stringify(projectFile(file))};`)
    .join('\n');
};

/** For each package that our modules import: a module with what they import of it, and nothing else of it. */
async function packageSources(files: readonly string[]): Promise<Map<string, string>> {
  const names = new Map<string, Set<string>>();
  for (const file of files) {
    const text = await readFile(projectFile(file), 'utf8');
    for (const [, clause = '', target = ''] of text.matchAll(
      /^import (?!type\b)([^'"]+) from '([^'.][^']*)'/gm,
    )) {
      if (isBuiltin(target)) continue;
      const known = names.get(target) ?? new Set();
      for (const name of namesIn(clause, text)) known.add(name);
      names.set(target, known);
    }
  }
  const sources = [...names].map(([target, used]) => {
    return [
      partOf(`node_modules/${target}`),
      `export { ${[...used].join(', ')} } from '${target}';`,
    ] as const;
  });
  return new Map(sources);
}

/** What an import clause names, or a text calls of the namespace that the clause makes. */
function namesIn(clause: string, text: string): string[] {
  const namespace = /\* as (\w+)/.exec(clause)?.[1];
  if (namespace !== undefined)
    return [...text.matchAll(new RegExp(`\\b${namespace}\\.(\\w+)\\(`, 'g'))].map(([, name = '']) => name);
  const named = /\{([^}]*)\}/.exec(clause)?.[1]?.split(',') ?? [];
  const values = named.map((one) => one.trim()).filter((one) => one !== '' && !one.startsWith('type '));
  return [...values.map((one) => one.split(' as ')[0] ?? one), ...(/^\w/.test(clause) ? ['default'] : [])];
}
