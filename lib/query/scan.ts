import type { OpenChunk } from '../snapshots/chunk.ts';

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Where members are in the records of a chunk, which are not parsed: every record has the same members in the same order, and
 * compact JSON, so that a value's bytes are found by its place.
 *
 * @param members their names, in the record's order
 * @param wanted places of members, ascending
 * @returns of each record, and in it of each wanted member, the first byte of the value and the byte after its last
 */
export function rangesOf(
  { records, ends }: Pick<OpenChunk, 'records' | 'ends'>,
  members: readonly string[],
  wanted: readonly number[],
): Int32Array {
  const nameBytes = members.map((name) => Buffer.byteLength(JSON.stringify(name)) + 1); // and the colon
  const isWanted = members.map((_, place) => wanted.includes(place));
  const last = wanted.at(-1) ?? -1;
  const ranges = new Int32Array(2 * ends.length * wanted.length);
  const text = records.toString('latin1'); // a character per byte: a new process finds a quote soonest in a string
  let next = 0;
  let start = 0;
  for (let row = 0; row < ends.length; row += 1) {
    let at = start + 1; // past the brace
    for (let place = 0; place <= last; place += 1) {
      at += nameBytes[place] ?? 0;
      const end = endOfValue(text, at);
      if (isWanted[place] === true) {
        ranges[next] = at;
        ranges[next + 1] = end;
        next += 2;
      }
      at = end + 1; // past the comma
    }
    start = (ends[row] ?? 0) + 1;
  }
  return ranges;
}

/** The byte after the JSON value that begins here. */
function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === quote) return endOfString(text, start);
  if (first === openBrace || first === openBracket) return endOfNested(text, start);
  let end = start + 1;
  while (text.charCodeAt(end) !== comma && text.charCodeAt(end) !== closeBrace) end += 1;
  return end;
}

function endOfString(text: string, start: number): number {
  let from = start + 1;
  for (;;) {
    const end = text.indexOf('"', from);
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes += 1;
    if (escapes % 2 === 0) return end + 1;
    from = end + 1;
  }
}

function endOfNested(text: string, start: number): number {
  let depth = 0;
  for (let at = start; ; ) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at);
      continue;
    }
    if (code === openBrace || code === openBracket) depth += 1;
    if (code === closeBrace || code === closeBracket) depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
}
