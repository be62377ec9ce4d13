/**
 * Parses PostgreSQL's text form of an array, `{a,"b c",NULL}` or `[2:3]={1,2}`.
 *
 * @returns the elements' texts, with null for NULL, or `undefined` when the array has more than one dimension.
 */
export function parseArrayText(text: string): (string | null)[] | undefined {
  const open = text.indexOf('{');
  const body = text.slice(open + 1, -1);
  if (body.startsWith('{')) return undefined;
  return Array.from(body.matchAll(element), ([, quoted, bare]) =>
    quoted === undefined ? unquoted(bare ?? '') : quoted.replaceAll(escaped, '$1'),
  );
}

const element = /"((?:[^"\\]|\\.)*)"|([^,"]+)/gs;
const escaped = /\\(.)/gs;

/** Only an unquoted NULL is null: PostgreSQL quotes the text NULL. */
function unquoted(bare: string) {
  return bare === 'NULL' ? null : bare;
}
