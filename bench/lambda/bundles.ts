import { rm } from 'node:fs/promises';
import { bundle } from '../bundle.ts';
import { projectFile } from '../project-file.ts';
import { benchDir } from '../world.ts';

const entries = {
  list: 'functions/list.ts',
  empty: 'bench/lambda/functions/empty.ts',
  constant: 'bench/lambda/functions/constant.ts',
  fetch: 'bench/lambda/functions/fetch.ts',
};

/** Bundles a function as it would be deployed, in a folder of its own. @returns the path of the bundle's first file */
export async function bundled(name: keyof typeof entries): Promise<string> {
  const folder = `${benchDir}/functions/${name}`;
  await rm(folder, { recursive: true, force: true });
  await bundle(projectFile(entries[name]), `${folder}/${name}.mjs`);
  return `${folder}/${name}.mjs`;
}
