import { createHash } from 'node:crypto';
import type { StoredRecord } from '../../lib/snapshots/chunk.ts';

export const recordOf = (key: string, value: unknown): StoredRecord => ({
  key,
  json: JSON.stringify({ id: key, value }),
});

/** The answer as it is to be, made in the simplest way. */
export const naiveBody = (name: string, records: readonly StoredRecord[]) =>
  JSON.stringify({ [name]: records.map(({ json }): unknown => JSON.parse(json)) });

export const naiveEtag = (name: string, records: readonly StoredRecord[]) =>
  createHash('sha256').update(naiveBody(name, records)).digest('base64url');
