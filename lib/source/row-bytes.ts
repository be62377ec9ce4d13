import { hash } from 'node:crypto';

/** One row: the texts of its columns, and the SHA-256 of its bytes. */
export interface SourceRow {
  texts: (string | null)[];
  hash: Buffer;
}

/**
 * Parses rows in the format of PostgreSQL's `record_send`: per row the number of columns, per column its type, its
 * length in bytes (-1 for NULL) and its text in UTF-8; numbers are 32-bit big-endian.
 * @throws RangeError if the bytes end within a row.
 */
export function rowsOf(bytes: Buffer): SourceRow[] {
  const numbers = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows: SourceRow[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const start = at;
    const columns = numbers.getInt32(at);
    at += 4;
    const texts: (string | null)[] = [];
    for (let column = 0; column < columns; column += 1) {
      const length = numbers.getInt32(at + 4);
      at += 8;
      const end = at + Math.max(0, length);
      if (end > bytes.byteLength) throw new RangeError('the bytes of a row are not complete');
      texts.push(length === -1 ? null : bytes.toString('utf8', at, end));
      at = end;
    }
    rows.push({ texts, hash: hash('sha256', bytes.subarray(start, at), 'buffer') });
  }
  return rows;
}

/** The digest of a run of rows. SQL computes the same. */
export const digestOf = (hashes: readonly Buffer[]): string =>
  hash('sha256', Buffer.concat(hashes), 'base64url');
