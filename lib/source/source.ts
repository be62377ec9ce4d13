import { hash } from 'node:crypto';
import type { Moment } from '../pg-snapshot.ts';
import { encodeJson, encodeRecord } from '../tables/json-text.ts';
import type { StoredRecord } from '../tables/stored-record.ts';
import type { Table } from '../tables/table.ts';
import type { KnownRun } from './plan.ts';
import type { ReadOptions, Row, TableReader } from './read-table.ts';

/** What snapshots are made of: all records at one moment, as they are to be stored. */
export interface Source {
  /** The member of the answer that holds the records. */
  name: string;
  /** Another one says that the same rows become other records. */
  form: string;
  /** @param options.known runs that need not be read where they are as they were. */
  read(options: ReadOptions & { known: readonly KnownRun[] }): Promise<SourceRead>;
  /** Which of the pending transactions are finished now. */
  settled(options: ReadOptions): Promise<string[]>;
}

/** What became of a known run: its rows are as they were, or these are its records now. */
export type SourceRun = { keptRows: number } | { records: StoredRecord[] };

export interface SourceRead {
  /** One for each known run, in order; one where none is known. */
  runs: SourceRun[];
  /** SHA-256 of the form and of all rows, base64url. */
  etag: string;
  moment: Moment;
  settled: string[];
  unknownColumns: string[];
}

export function createSource(table: Table, reader: TableReader): Source {
  const keyOf = (record: Row) => {
    const key = record[table.key.name] ?? null;
    return typeof key === 'string' ? key : encodeJson(key);
  };
  return {
    name: table.name,
    form: table.form,
    async read(options) {
      const { records, hashes, runs, digest, ...read } = await reader.read(options);
      const stored = records.map((record, at): StoredRecord => {
        const source = hashes[at];
        if (source === undefined) throw new TypeError('a record came without the hash of its row');
        return { key: keyOf(record), json: encodeRecord(record), source };
      });
      let at = 0;
      return {
        ...read,
        runs: runs.map(({ kept, rows }) => {
          if (kept) return { keptRows: rows };
          at += rows;
          return { records: stored.slice(at - rows, at) };
        }),
        etag: etagOf(table.form, digest),
      };
    },
    settled: (options) => reader.settled(options),
  };
}

/** @param digest of all rows */
export const etagOf = (form: string, digest: string) => hash('sha256', `${form} ${digest}`, 'base64url');
