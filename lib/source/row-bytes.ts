import { hash } from 'node:crypto';

/**
 * One row in the format of PostgreSQL's `record_send`: the number of columns, and per column its type, its length in
 * bytes (-1 for NULL) and its text in UTF-8; numbers are 32-bit big-endian.
 */
export interface SourceRow {
  bytes: Buffer;
  /** The SHA-256 of the bytes, in hexadecimal: a buffer for each row takes twice the time, and more memory. */
  hash: string;
}

/**
 * Parses rows that follow each other.
 * @throws RangeError if the bytes end within a row.
 */
export function rowsOf(bytes: Buffer): SourceRow[] {
  const numbers = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows: SourceRow[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const start = at;
    const columns = numbers.getInt32(at);
    at += 4;
    for (let column = 0; column < columns; column += 1) at += 8 + Math.max(0, numbers.getInt32(at + 4));
    if (at > bytes.byteLength) throw new RangeError('the bytes of a row are not complete');
    const row = bytes.subarray(start, at);
    rows.push({ bytes: row, hash: hash('sha256', row, 'hex') });
  }
  return rows;
}

/** The texts of a row's columns; of the first columns alone with `most`. */
export function textsOf({ bytes }: SourceRow, most = Number.POSITIVE_INFINITY): (string | null)[] {
  const texts: (string | null)[] = [];
  for (let at = 4; at < bytes.byteLength && texts.length < most; ) {
    const length = bytes.readInt32BE(at + 4);
    const end = at + 8 + Math.max(0, length);
    texts.push(length === -1 ? null : bytes.toString('utf8', at + 8, end));
    at = end;
  }
  return texts;
}

/** The digest of a run of rows. SQL computes the same. */
export const digestOf = (hashes: readonly string[]): string =>
  hash('sha256', Buffer.from(hashes.join(''), 'hex'), 'base64url');
