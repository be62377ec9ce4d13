import { hash } from 'node:crypto';

/** @param digest the digest of all rows */
export const etagOf = (form: string, digest: string) => hash('sha256', `${form} ${digest}`, 'base64url');
