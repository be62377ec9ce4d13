import { writeFile } from 'node:fs/promises';

const projectUrl = new URL('../../', import.meta.url);

/** Writes an index with the topics and these options, like an adopter's. @returns its file */
export async function writeTables(folder: string, options: readonly string[]): Promise<string> {
  const definitions = options.map((more) => `defineTable({ ...topics, ...${more} }),`);
  const file = `${folder}/index.ts`;
  await writeFile(
    file,
    `import * as column from '${projectUrl.pathname}lib/tables/columns.ts';
import { defineDataset, defineTable } from '${projectUrl.pathname}lib/tables/define-table.ts';

const topics = {
  name: 'topics',
  relation: 'public.bbs_topic',
  key: 'id',
  columns: { id: column.integer(), title: column.text() },
};
const countries = {
  name: 'countries',
  relation: 'public.geo_country',
  key: 'code',
  columns: { code: column.text(), name: column.text(), area: column.numeric({ nullable: true, column: 'area_km2' }) },
};

export const tables = defineDataset([${definitions.join('\n')}]);
`,
  );
  return file;
}
