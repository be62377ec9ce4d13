/** A static file, compressed at build time. */
export interface StaticFile {
  /** Below `/docs/`; empty for the index page. */
  name: string;
  contentType: string;
  /** The hash of its bytes, base64url. */
  hash: string;
  /** The size without a coding. */
  bytes: number;
  /** Its name contains the hash, so its content never changes. */
  isImmutable: boolean;
  /** The compressed bytes, base64. */
  gzip: string;
  br: string;
}
