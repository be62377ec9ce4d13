import { createHash } from 'node:crypto';
import type { KnownRun } from '../../lib/source/plan.ts';
import { digestOf } from '../../lib/source/row-bytes.ts';
import { etagOf, type SourceRun } from '../../lib/source/source.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';

/** What a table's form may be. */
export const form = createHash('sha256').update('the form of a test').digest('base64url');

export const recordOf = (key: string, value: unknown): StoredRecord =>
  storedRecord(key, JSON.stringify({ id: key, value }));

export const storedRecord = (key: string, json: string): StoredRecord => ({
  key,
  json,
  source: createHash('sha256').update(`${key} ${json}`).digest(),
});

/** The answer as it is to be, made in the simplest way. */
export const naiveBody = (name: string, records: readonly StoredRecord[]) =>
  JSON.stringify({ [name]: records.map(({ json }): unknown => JSON.parse(json)) });

export const naiveEtag = (records: readonly StoredRecord[]) => etagOf(form, naiveDigest(records));

export const naiveDigest = (records: readonly StoredRecord[]) =>
  digestOf(records.map(({ source }) => source));

/** What a source makes of the records: each known run's, unless they have the digest that it had. */
export function runsOf(
  records: readonly StoredRecord[],
  known: readonly KnownRun[],
  isBefore = (a: string, b: string) => a < b,
): SourceRun[] {
  const runs = Array.from({ length: Math.max(1, known.length) }, (): StoredRecord[] => []);
  for (const record of records) {
    const next = known.findIndex(({ firstKey }, at) => at > 0 && isBefore(record.key, firstKey));
    runs.at(next === -1 ? -1 : next - 1)?.push(record);
  }
  return runs.map((records, at) =>
    naiveDigest(records) === known[at]?.digest ? { keptRows: records.length } : { records },
  );
}
