import { fileURLToPath } from 'node:url';
import { bundle } from '../bundle.ts';
import { benchDir } from '../world.ts';

const entries = {
  list: '../../functions/list.ts',
  empty: './functions/empty.ts',
  constant: './functions/constant.ts',
};

/** Bundles a function as it would be deployed, in a folder of its own. @returns the bundle's path */
export async function bundled(name: keyof typeof entries): Promise<string> {
  const outfile = `${benchDir}/functions/${name}/${name}.mjs`;
  await bundle(fileURLToPath(new URL(entries[name], import.meta.url)), outfile);
  return outfile;
}
