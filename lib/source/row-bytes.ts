import { hash } from 'node:crypto';

/** One row as it came: the texts of its columns, and the SHA-256 of its bytes. */
export interface SourceRow {
  texts: (string | null)[];
  hash: Buffer;
}

/**
 * Takes rows apart as PostgreSQL's `record_send` puts them together: for each row the number of its columns, for each
 * column its type, its length in bytes (-1 for NULL) and its text in UTF-8; all numbers of four bytes, big-endian.
 *
 * @throws RangeError for bytes that end within a row.
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

/** What stands for a run of rows: the same rows have the same, and no others. SQL makes it the same way. */
export const digestOf = (hashes: readonly Buffer[]): string =>
  hash('sha256', Buffer.concat(hashes), 'base64url');
