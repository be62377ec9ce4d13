import type { OpenChunk } from '../snapshots/chunk.ts';

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Finds members in a chunk's records without parsing them. All records have the same members in the same order, and
 * are compact JSON, so a member's position identifies it.
 * @param members their names, in the record's order
 * @param wanted positions of members, ascending
 * @param found receives the range of a member's value: its first byte, and the byte after its last
 */
export function scanMembers(
  { records, ends }: Pick<OpenChunk, 'records' | 'ends'>,
  members: readonly string[],
  wanted: readonly number[],
  found: (row: number, place: number, start: number, end: number) => void,
): void {
  const nameBytes = members.map((name) => Buffer.byteLength(JSON.stringify(name)) + 1); // and the colon
  const last = wanted.at(-1) ?? -1;
  let start = 0;
  for (let row = 0; row < ends.length; row += 1) {
    let at = start + 1; // past the brace
    for (let place = 0, next = 0; place <= last; place += 1) {
      at += nameBytes[place] ?? 0;
      const end = endOfValue(records, at);
      if (wanted[next] === place) {
        found(row, place, at, end);
        next += 1;
      }
      at = end + 1; // past the comma
    }
    start = (ends[row] ?? 0) + 1;
  }
}

/** The byte after the JSON value that begins here. */
function endOfValue(bytes: Buffer, start: number): number {
  const first = bytes[start];
  if (first === quote) return endOfString(bytes, start);
  if (first === openBrace || first === openBracket) return endOfNested(bytes, start);
  let end = start + 1;
  while (bytes[end] !== comma && bytes[end] !== closeBrace) end += 1;
  return end;
}

function endOfString(bytes: Buffer, start: number): number {
  let from = start + 1;
  for (;;) {
    const end = bytes.indexOf(quote, from);
    let escapes = 0;
    while (bytes[end - 1 - escapes] === backslash) escapes += 1;
    if (escapes % 2 === 0) return end + 1;
    from = end + 1;
  }
}

function endOfNested(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; ; ) {
    const byte = bytes[at];
    if (byte === quote) {
      at = endOfString(bytes, at);
      continue;
    }
    if (byte === openBrace || byte === openBracket) depth += 1;
    if (byte === closeBrace || byte === closeBracket) depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
}
