/** Immutable content under its own name: the name is a SHA-256 (base64url) of what it means, not always of the bytes. */
export interface Blob {
  hash: string;
  body: Uint8Array;
}

/** Where chunks and segments are kept. A call may be slow or reject with StoreError; a write that rejected may have happened. */
export interface BlobStore {
  /** Those that are there and complete, by consistent reads; a missing one is left out. */
  read(hashes: readonly string[]): Promise<Blob[]>;
  /**
   * Puts a blob, on the condition that it is absent or carries no higher sweep: a late writer never lowers it.
   * @param sweep the pointer's, as the writer has read it
   * @param untilMs until when to back off, by the clock, where the store throttles or does not respond
   * @returns false where the stored blob carries a higher sweep: the pointer has moved, and must be read again
   */
  put(blob: Blob, sweep: number, untilMs?: number): Promise<boolean>;
  /**
   * Which of these blobs carry `sweep`, with every part: a later attempt of a publisher may count on them.
   * It costs an eighth of a write.
   */
  carrying(hashes: readonly string[], sweep: number): Promise<Set<string>>;
}

/** A part of a blob as a scan has seen it. */
export interface SeenBlob {
  hash: string;
  /** From 0. */
  part: number;
  sweep: number;
}

/** For the sweep alone: it may scan and delete. */
export interface BlobSweep {
  /** A page of all blobs' parts, in no order. @param cursor opaque, from the page before; undefined begins */
  scan(cursor: string | undefined): Promise<{ seen: SeenBlob[]; cursor: string | undefined }>;
  /** Deletes a part on the condition that it is as it was seen. @returns whether it was */
  deleteSeen(seen: SeenBlob): Promise<boolean>;
}
