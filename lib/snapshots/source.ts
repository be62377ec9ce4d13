import { encodeJson, encodeRecord, type Json } from '../topics/json-text.ts';
import type { Moment } from '../topics/moment.ts';
import type { ReadOptions, TableReader } from '../topics/read-table.ts';
import type { Table } from '../topics/table.ts';
import type { StoredRecord } from './chunk.ts';

/** What snapshots are made of: all records at one moment, as they are to be stored. */
export interface Source {
  /** The member of the answer that holds the records. */
  name: string;
  read(options: ReadOptions): Promise<SourceRead>;
  /** Which of the pending transactions are finished now. */
  settled(options: ReadOptions): Promise<string[]>;
}

export interface SourceRead {
  records: StoredRecord[];
  moment: Moment;
  settled: string[];
  unknownColumns: string[];
}

export function createSource<Row extends Record<string, Json>>(
  table: Table<Row>,
  reader: TableReader<Row>,
): Source {
  const keyOf = (record: Row) => {
    const key = record[table.key.name] ?? null;
    return typeof key === 'string' ? key : encodeJson(key);
  };
  return {
    name: table.name,
    async read(options) {
      const { records, ...read } = await reader.read(options);
      return {
        ...read,
        records: records.map((record) => ({ key: keyOf(record), json: encodeRecord(record) })),
      };
    },
    settled: (options) => reader.settled(options),
  };
}
