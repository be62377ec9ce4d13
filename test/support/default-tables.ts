import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const topicsFile = fileURLToPath(new URL('tables/topics.ts', import.meta.url));

const index = `import { defineDataset } from '../lib/tables/define-table.ts';
import { topics } from './topics.ts';

/** The tables of this deployment, published together. \`/refresh/\` answers the list of the first. */
export const tables = defineDataset([topics]);
`;

/** Resets the folder `tables/` of a copy of the project to the repository's default. */
export async function writeDefaultTables(projectDir: string) {
  const folder = join(projectDir, 'tables');
  const topics = await readFile(topicsFile, 'utf8');
  await mkdir(folder);
  await writeFile(join(folder, 'topics.ts'), topics.replaceAll('../../../lib/', '../lib/'));
  await writeFile(join(folder, 'index.ts'), index);
}
