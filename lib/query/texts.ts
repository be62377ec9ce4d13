/**
 * The texts of a column as UTF-8, one after the other, so that one search covers all. The order of its bytes is that of code
 * points, like `COLLATE "C"`. It is outside of V8's heap: strings that stay would make V8 double its young generation.
 */
export interface Texts {
  /** Each text is between two zero bytes, which PostgreSQL's texts cannot contain. */
  bytes: Buffer;
  /** The start of each row's text, then the end of all; a NULL has no text, and the start of the next row. */
  starts: Int32Array;
}

/** What a text must contain. */
export interface Needle {
  text: string;
  isAtStart: boolean;
  isAtEnd: boolean;
}

export interface TextRange {
  /** Undefined: without a bound. */
  from: string | undefined;
  to: string | undefined;
  isFromIn: boolean;
  isToIn: boolean;
}

/** What a column is written to before its size is known: buffers that grow would be garbage outside of the heap, freed late. */
let scratch = Buffer.alloc(64 * 1024);

/** Each text is written as soon as it is read: texts that wait for others would be garbage that V8 copies first. */
export function toTexts(count: number, textOf: (row: number) => string | null): Texts {
  const starts = new Int32Array(count + 1);
  let at = 1;
  for (let row = 0; row < count; row += 1) {
    starts[row] = at;
    const text = textOf(row);
    if (text === null) continue;
    const most = at + 3 * text.length + 1; // bytes of UTF-8, and the zero
    if (most > scratch.byteLength) scratch = Buffer.concat([scratch], 2 * most);
    at += scratch.write(text, at);
    scratch[at] = 0;
    at += 1;
  }
  starts[count] = at;
  return { bytes: Buffer.from(scratch.subarray(0, at)), starts };
}

export function folded(texts: Texts, fold: (text: string) => string): Texts {
  return toTexts(sizeOf(texts), (row) => {
    const text = textAt(texts, row);
    return text === null ? null : fold(text);
  });
}

export const sizeOf = ({ starts }: Texts) => starts.length - 1;

export const bytesOfTexts = ({ bytes, starts }: Texts) => bytes.byteLength + starts.byteLength;

const startAt = ({ starts }: Texts, row: number) => starts[row] ?? 0;

const isNull = (texts: Texts, row: number) => startAt(texts, row) === startAt(texts, row + 1);

export const textAt = (texts: Texts, row: number): string | null =>
  isNull(texts, row) ? null : texts.bytes.toString('utf8', startAt(texts, row), startAt(texts, row + 1) - 1);

/** NULL is above all others, PostgreSQL's default. */
export function compareRows(a: Texts, rowA: number, b: Texts, rowB: number): number {
  const isNullA = isNull(a, rowA);
  const isNullB = isNull(b, rowB);
  if (isNullA || isNullB) return Number(isNullA) - Number(isNullB);
  return compareFrom(a.bytes, startAt(a, rowA), b.bytes, startAt(b, rowB));
}

/** Compares two texts; the zero that ends each is below every byte of a longer one. */
function compareFrom(a: Uint8Array, startA: number, b: Uint8Array, startB: number): number {
  for (let at = 0; ; at += 1) {
    const byte = a[startA + at] ?? 0;
    const difference = byte - (b[startB + at] ?? 0);
    if (difference !== 0 || byte === 0) return difference;
  }
}

/** The rows whose text is in the range, ascending. */
export function rowsInRange(texts: Texts, { from, to, isFromIn, isToIn }: TextRange): number[] {
  const [low, high] = [from, to].map((bound) => (bound === undefined ? undefined : Buffer.from(bound)));
  const rows: number[] = [];
  for (let row = 0; row < sizeOf(texts); row += 1) {
    if (isNull(texts, row)) continue;
    const start = startAt(texts, row);
    if (low !== undefined && compareFrom(texts.bytes, start, low, 0) < (isFromIn ? 0 : 1)) continue;
    if (high !== undefined && compareFrom(texts.bytes, start, high, 0) > (isToIn ? 0 : -1)) continue;
    rows.push(row);
  }
  return rows;
}

/** The rows whose text contains the needle, ascending. */
export function rowsWith({ bytes, starts }: Texts, { text, isAtStart, isAtEnd }: Needle): number[] {
  const rows: number[] = [];
  const wanted = Buffer.from(`${isAtStart ? '\0' : ''}${text}${isAtEnd ? '\0' : ''}`);
  const before = isAtStart ? 1 : 0;
  let row = 0;
  for (let next = 1; next < bytes.length; next = starts[row + 1] ?? bytes.length) {
    const at = bytes.indexOf(wanted, next - before);
    if (at === -1) break;
    row = rowAt(starts, at + before, row);
    rows.push(row);
  }
  return rows;
}

/**
 * The last row that begins at or before this position.
 * @param from a row that does
 */
function rowAt(starts: Int32Array, place: number, from: number): number {
  // The row is usually near: exponential search, then binary search.
  let step = 1;
  while (from + step < starts.length && (starts[from + step] ?? 0) <= place) step *= 2;
  let low = from + (step >>> 1);
  let high = Math.min(from + step, starts.length);
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= place) low = middle;
    else high = middle;
  }
  return low;
}
