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
 * the same bytes as Python's `json.dumps(record, ensure_ascii=False, separators=(',', ':'))`, but for the digits of floats.
 */
export function encodeRecord(record: Readonly<Record<string, Json>>): string {
  const members = Object.entries(record).map(
    ([name, value]) => `${JSON.stringify(name)}:${encodeJson(value)}`,
  );
  return `{${members.join(',')}}`;
}

export const encodeJson = (value: Json) =>
  typeof value === 'object' && value !== null ? value.jsonText : JSON.stringify(value);

/** Takes the white space out from between the tokens of a valid JSON text; every token stays as it is. */
export const compactJson = (text: string) => text.replace(/("[^"\\]*(?:\\.[^"\\]*)*")|\s+/g, '$1');
