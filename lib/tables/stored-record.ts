/** One record as it is stored: its primary key as text, its JSON, and where it came from. */
export interface StoredRecord {
  key: string;
  json: string;
  /** SHA-256 of the row that it was made of. */
  source: Buffer;
}
