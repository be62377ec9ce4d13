import { bundle } from '../bundle.ts';
import { projectFile } from '../project-file.ts';
import { benchDir } from '../world.ts';

const entries = {
  list: 'functions/list.ts',
  empty: 'bench/lambda/functions/empty.ts',
  constant: 'bench/lambda/functions/constant.ts',
};

/** Bundles a function as it would be deployed, in a folder of its own. @returns the bundle's path */
export async function bundled(name: keyof typeof entries): Promise<string> {
  const outfile = `${benchDir}/functions/${name}/${name}.mjs`;
  await bundle(projectFile(entries[name]), outfile);
  return outfile;
}
