/**
 * Reads PostgreSQL's text form of an array, `{a,"b c",NULL}` or `[2:3]={1,2}`.
 *
 * @returns the elements' texts, null for NULL; `undefined` when the array has more than one dimension.
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

/** Only a bare NULL is null; a text that reads NULL comes in quotes. */
function unquoted(bare: string) {
  return bare === 'NULL' ? null : bare;
}
