import { rm } from 'node:fs/promises';
import { bundle } from './bundle.ts';
import { projectFile } from './project-file.ts';
import { benchDir } from './world.ts';

const entries = {
  list: 'functions/list.ts',
  refresh: 'functions/refresh.ts',
  empty: 'bench/lambda/functions/empty.ts',
  constant: 'bench/lambda/functions/constant.ts',
  fetch: 'bench/lambda/functions/fetch.ts',
  'function-caller': 'bench/subjects/function-caller.ts',
  'refresh-reader': 'bench/subjects/refresh-reader.ts',
  'refresh-watcher': 'bench/subjects/refresh-watcher.ts',
};
type Name = keyof typeof entries;

const made = new Map<Name, Promise<string>>();

/**
 * Bundles a module as a function would be deployed, in a folder of its own, once in a run: what an earlier
 * run left there is removed.
 *
 * @returns the path of the bundle's first file
 */
export function bundled(name: Name): Promise<string> {
  const file = made.get(name) ?? make(name);
  made.set(name, file);
  return file;
}

async function make(name: Name): Promise<string> {
  const folder = `${benchDir}/functions/${name}`;
  await rm(folder, { recursive: true, force: true });
  await bundle(projectFile(entries[name]), `${folder}/${name}.mjs`);
  return `${folder}/${name}.mjs`;
}
