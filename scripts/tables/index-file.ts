import { lineWidth } from './literal.ts';
import { constantOf } from './table-file.ts';

const importLine = /^import \{ (\w+) \} from '\.\/([\w-]+)\.ts';\n/gm;
const dataset = /defineDataset\(\[([^\]]*)\]\)/;
const emptyIndex = `import { defineDataset } from '../lib/tables/define-table.ts';

/** The tables of this deployment, published together. \`/refresh/\` answers the list of the first. */
export const tables = defineDataset([]);
`;

/**
 * Adds these files' tables to the index, and removes those whose file is missing. Keeps the order; appends new tables.
 */
export function indexFile(
  path: string,
  text = emptyIndex,
  files: ReadonlyMap<string, string>,
  exists: (name: string) => boolean,
): string {
  const listed = dataset.exec(text);
  if (listed === null)
    throw new Error(`${path} has no list like defineDataset([topics]): remove the file, or add the list.`);
  const constants = new Map(
    Array.from(text.matchAll(importLine), ([, constant = '', file = '']) => [file, constant]),
  );
  const gone = new Set(
    [...constants].filter(([file]) => !files.has(file) && !exists(file)).map(([, constant]) => constant),
  );
  const order = (listed[1] ?? '')
    .split(/[\s,]+/)
    .filter((constant) => constant !== '' && !gone.has(constant));
  for (const [file, content] of files) {
    const constant = /^export const (\w+) = defineTable/m.exec(content)?.[1] ?? constantOf(file);
    constants.set(file, constant);
    if (!order.includes(constant)) order.push(constant);
  }
  const imports = [...constants]
    .filter(([, constant]) => !gone.has(constant))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, constant]) => `import { ${constant} } from './${file}.ts';\n`)
    .join('');
  const rest = text.replaceAll(importLine, '');
  const last = Math.max(
    0,
    ...Array.from(rest.matchAll(/^import [^;]*;\n/gm), (line) => line.index + line[0].length),
  );
  const flat = `defineDataset([${order.join(', ')}])`;
  const isShort = `export const tables = ${flat};`.length <= lineWidth;
  const list = isShort ? flat : `defineDataset([\n${order.map((constant) => `  ${constant},\n`).join('')}])`;
  return (rest.slice(0, last) + imports + rest.slice(last)).replace(dataset, () => list);
}
