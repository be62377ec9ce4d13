/** A file that is served as it is, compressed when it was built. */
export interface StaticFile {
  /** Below `/docs/`; the page of a folder has none. */
  name: string;
  contentType: string;
  /** Of its bytes, base64url. */
  hash: string;
  /** In no coding. */
  bytes: number;
  /** The name has the hash in it: the same address never has another content. */
  isImmutable: boolean;
  /** In each coding, base64. */
  gzip: string;
  br: string;
}
