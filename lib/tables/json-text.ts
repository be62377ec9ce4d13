/**
 * JSON that no JavaScript value holds exactly, kept as text: integers beyond 2^53, numerics, the key order of a `jsonb`.
 * `JSON.parse` of it gives the nearest JavaScript value.
 */
export interface JsonText {
  readonly jsonText: string;
}

/** What a record's field may be. */
export type Json = string | number | boolean | null | JsonText;

export const jsonText = (text: string): JsonText => ({ jsonText: text });

/**
 * One record as JSON, in its own key order, compact and escaped no more than JSON demands: for the same values
 * the same bytes as Python's `json.dumps(record, ensure_ascii=False, separators=(',', ':'))`.
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
 * Takes the white space out from between the tokens of a valid JSON text; every other token stays as it is.
 * In one pass, whose stack does not grow with the text: a string may have millions of escapes.
 *
 * @param number makes another number of one
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

/** @param quote where the string begins */
function endOfString(text: string, quote: number): number {
  for (let at = quote; ; ) {
    at = text.indexOf('"', at + 1);
    let before = at;
    while (text[before - 1] === '\\') before -= 1;
    if ((at - before) % 2 === 0) return at + 1;
  }
}

/** U+2028 and U+2029, which end a line in JavaScript before ES2019, as escapes, as Django REST framework writes them. */
export function escapeLineSeparators(json: Json): Json {
  const text = encodeJson(json);
  if (!/[\u2028\u2029]/.test(text)) return json;
  return jsonText(text.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029'));
}
