import { hash } from 'node:crypto';
import { etagOf } from '../../lib/source/etag.ts';
import { digestOf } from '../../lib/source/row-bytes.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';

/** A table's form in tests. */
export const form = hash('sha256', 'the form of a test', 'base64url');

export const recordOf = (key: string, value: unknown): StoredRecord =>
  storedRecord(key, JSON.stringify({ id: key, value }));

export const storedRecord = (key: string, json: string): StoredRecord => ({
  key,
  json,
  source: hash('sha256', `${key} ${json}`, 'hex'),
});

/** The expected answer, built in the simplest way. */
export const naiveBody = (name: string, records: readonly StoredRecord[]) =>
  JSON.stringify({ [name]: records.map(({ json }): unknown => JSON.parse(json)) });

export const naiveEtag = (records: readonly StoredRecord[]) => etagOf(form, naiveDigest(records));

export const naiveDigest = (records: readonly StoredRecord[]) =>
  digestOf(records.map(({ source }) => source));
