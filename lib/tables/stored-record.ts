/** A record as it is stored: its primary key as text, its JSON, and the digest of its row. */
export interface StoredRecord {
  key: string;
  json: string;
  /** SHA-256 of its row, in hexadecimal. */
  source: string;
}
