import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface SourceFile {
  /** The path relative to the project's folder, with `/`. */
  path: string;
  text: string;
  imports: Import[];
}

export interface Import {
  /** A file's path from the project's folder, or a package's name. */
  target: string;
  /** Whether it is an `import type`, which Node removes. */
  isType: boolean;
}

const project = fileURLToPath(new URL('../..', import.meta.url));

/** The TypeScript files of a folder, and what they import. */
export function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => {
      const path = join(folder, name).split(sep).join('/');
      const text = readFileSync(join(project, path), 'utf8');
      return { path, text, imports: importsOf(path, text) };
    });
}

export function importsOf(path: string, text: string): Import[] {
  const statements =
    /^(?:import|export)\b(?<type> type\b)?(?:\s[\w\s{},*$]*?\bfrom\b)?\s*['"](?<from>[^'"]+)['"]/gm;
  const calls = /\bimport\(\s*['"](?<from>[^'"]+)['"]/g;
  return [...text.matchAll(statements), ...text.matchAll(calls)].map(({ groups = {} }) => {
    const from = groups['from'] ?? '';
    const target = from.startsWith('.')
      ? relative(project, join(project, dirname(path), from))
          .split(sep)
          .join('/')
      : from;
    return { target, isType: groups['type'] !== undefined };
  });
}
