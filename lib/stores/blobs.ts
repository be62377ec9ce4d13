/** Immutable content under a SHA-256 (base64url) of its meaning; a packed body may differ under the same name. */
export interface Blob {
  hash: string;
  body: Uint8Array;
}

/**
 * The store of chunks and segments. A call may be slow or reject with StoreError; a rejected write may have taken
 * effect.
 */
export interface BlobStore {
  /** Consistent reads. Missing and incomplete blobs are left out. */
  read(hashes: readonly string[]): Promise<Blob[]>;
  /**
   * Stores a blob if it is absent or carries no higher sweep number, so that a late writer never lowers the number.
   * @param sweep the pointer's, as the writer has read it
   * @param untilMs back off until this time, by the clock, if the store throttles or does not respond
   * @returns false if the stored blob carries a higher sweep number: the pointer was replaced, and must be read again
   */
  put(blob: Blob, sweep: number, untilMs?: number): Promise<boolean>;
  /**
   * Which of these blobs carry `sweep` in every part, so that a retry of a publication need not store them. It costs
   * an eighth of a write.
   */
  carrying(hashes: readonly string[], sweep: number): Promise<Set<string>>;
}

/** A part of a blob, as a scan has seen it. */
export interface SeenBlob {
  hash: string;
  /** From 0. */
  part: number;
  sweep: number;
}

/** Only for the sweep, which may scan and delete. */
export interface BlobSweep {
  /**
   * A page of all blobs' parts, unordered.
   * @param cursor opaque, from the previous page; undefined begins
   */
  scan(cursor: string | undefined): Promise<{ seen: SeenBlob[]; cursor: string | undefined }>;
  /**
   * Deletes a part if it is unchanged since the scan.
   * @returns whether it was deleted
   */
  deleteSeen(seen: SeenBlob): Promise<boolean>;
}
