import { canBeKey, columnLines } from './column-lines.ts';
import { lineWidth, stringLiteral } from './literal.ts';
import type { CatalogueRelation } from './read-relation.ts';

/** Each run replaces the block between these marks; the Django app's `offload_tables` has the same marks. */
const begin = '// <generated> from the model or the table: the next run replaces this, down to the end mark.';
const end = '// </generated>';

/** Identifiers that cannot name the constant of a file. */
const taken = new Set(
  `column generated tables defineTable defineDataset and as assert async await break case catch class const continue
  debugger def default del delete do elif else enum except export extends false finally for from function global if
  implements import in instanceof interface is lambda let new nonlocal not null or package pass private protected public
  raise return static super switch this throw true try typeof var void while with yield False None True`.split(
    /\s+/,
  ),
);

/**
 * @param options.key the key column of a relation without a primary key
 * @param options.timeZone shows times in this zone, without an offset
 * @throws Error with one sentence for a relation that cannot be served
 */
export function blockLines(
  { relation, columns, primaryKey, sources }: CatalogueRelation,
  { key, timeZone }: { key: string | undefined; timeZone: string | undefined },
): string[] {
  if (primaryKey.length > 1)
    throw new Error(
      `${relation} has the primary key (${primaryKey.join(', ')}), but a key must be one column: serve a view with a column that joins them.`,
    );
  const name = key ?? primaryKey[0];
  const keyColumn = columns.find((column) => column.name === name);
  if (name === undefined)
    throw new Error(
      `${relation} has no primary key: name a unique column, as in --table name=${relation}:id.`,
    );
  if (keyColumn === undefined)
    throw new Error(
      `${relation} has no column ${name}: name its key column, as in --table name=${relation}:id.`,
    );
  if (!canBeKey(keyColumn))
    throw new Error(
      `The key ${name} of ${relation} has the type ${keyColumn.type}, but a key must be integer, uuid or text: serve a view that casts it.`,
    );
  const columnsLines = columns.flatMap((column) =>
    columnLines(column, { relation, isKey: column === keyColumn, isLocal: timeZone !== undefined }),
  );
  const isZoned = columnsLines.some((line) => line.includes('localTimestamptz'));
  return [
    'const generated = {',
    `  relation: ${stringLiteral(relation)},`,
    `  key: ${stringLiteral(name)},`,
    ...(isZoned && timeZone !== undefined ? [`  timeZone: ${stringLiteral(timeZone)},`] : []),
    ...(sources === undefined ? [] : changedByLines(sources)),
    '  columns: {',
    ...columnsLines,
    '  },',
    '};',
  ];
}

function changedByLines(sources: readonly string[]): string[] {
  const names = sources.map(stringLiteral);
  const flat = `  changedBy: [${names.join(', ')}],`;
  if (flat.length <= lineWidth) return [flat];
  return ['  changedBy: [', ...names.map((name) => `    ${name},`), '  ],'];
}

export const newFile = (name: string, relation: string, lines: readonly string[]) =>
  `import * as column from '../lib/tables/columns.ts';
import { defineTable } from '../lib/tables/define-table.ts';

${begin}
${lines.join('\n')}
${end}

/** The rows of \`${relation}\`. */
export const ${constantOf(name)} = defineTable({
  name: ${stringLiteral(name)},
  ...generated,
  // Lists are public: \`where: 'is_public'\` restricts the rows, and \`columns\` leaves out columns.
});
`;

/** An existing file with the block replaced. @throws Error if it has no such block */
export function withBlock(path: string, text: string, lines: readonly string[]): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from)
    throw new Error(
      `${path} has no block between "${begin}" and "${end}": remove the file, or add the marks.`,
    );
  return `${text.slice(0, from)}${begin}\n${lines.join('\n')}\n${text.slice(to)}`;
}

export function constantOf(name: string): string {
  const camel = name.replace(/[-_](.)/g, (_, letter: string) => letter.toUpperCase());
  return taken.has(camel) ? `${camel}Table` : /^\d/.test(camel) ? `_${camel}` : camel;
}
