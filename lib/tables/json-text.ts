/**
 * JSON that no JavaScript value represents exactly, kept as text: integers beyond 2^53, numerics, the key order of a
 * `jsonb`. `JSON.parse` returns the nearest JavaScript value.
 */
export interface JsonText {
  readonly jsonText: string;
}

/** The value of a record's field. */
export type Json = string | number | boolean | null | JsonText;

export const jsonText = (text: string): JsonText => ({ jsonText: text });

/**
 * One record as JSON, in its key order, compact, with minimal escapes: the same bytes as Python's `json.dumps(record,
 * ensure_ascii=False, separators=(',', ':'))`.
 */
export function encodeRecord(record: Readonly<Record<string, Json>>): string {
  const members = Object.entries(record).map(
    ([name, value]) => `${JSON.stringify(name)}:${encodeJson(value)}`,
  );
  return `{${members.join(',')}}`;
}

export const encodeJson = (value: Json) =>
  typeof value === 'object' && value !== null ? value.jsonText : JSON.stringify(value);

/**
 * Removes the white space between the tokens of a valid JSON text. It runs in one pass with a constant stack: a
 * string may have millions of escapes.
 * @param number rewrites a number
 */
export function compactJson(text: string, number?: (token: string) => string): string {
  const parts: string[] = [];
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at);
    const between = text.slice(at, quote === -1 ? undefined : quote).replace(/\s+/g, '');
    parts.push(number === undefined ? between : between.replace(/-?\d[\d.eE+-]*/g, number));
    if (quote === -1) break;
    at = endOfString(text, quote);
    parts.push(text.slice(quote, at));
  }
  return parts.join('');
}

/** @param quote the position of the opening quote */
function endOfString(text: string, quote: number): number {
  for (let at = quote; ; ) {
    at = text.indexOf('"', at + 1);
    let before = at;
    while (text[before - 1] === '\\') before -= 1;
    if ((at - before) % 2 === 0) return at + 1;
  }
}

/** Escapes U+2028 and U+2029, which end a line in JavaScript before ES2019, like Django REST framework. */
export function escapeLineSeparators(json: Json): Json {
  const text = encodeJson(json);
  if (!/[\u2028\u2029]/.test(text)) return json;
  return jsonText(text.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029'));
}
