import type {
  DatasetRead,
  DatasetSource,
  LeftOut,
  TableRead,
  TableSink,
} from '../../lib/source/dataset-source.ts';
import type { KnownRun } from '../../lib/source/plan.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';

/** The result of a known run. */
export interface CollectedRun {
  kept: boolean;
  rows: number;
}

export interface CollectedTable extends TableRead {
  /** The read records, in order. */
  records: StoredRecord[];
  /** One per known run; one in all if none is known. */
  runs: CollectedRun[];
}

export interface CollectOptions {
  pending: readonly string[];
  known: ReadonlyMap<string, readonly KnownRun[]>;
  etags: ReadonlyMap<string, string>;
  deadlineMs: number;
  /** Called, and awaited, for everything that a sink receives. */
  meanwhile: (table: string) => Promise<unknown>;
}

/** Reads a dataset into memory. Drops the records of a read that restarts. */
export async function collect(
  source: DatasetSource,
  {
    pending = [],
    known = new Map(),
    etags = new Map(),
    deadlineMs = Date.now() + 60_000,
    meanwhile = async () => {},
  }: Partial<CollectOptions> = {},
): Promise<Omit<DatasetRead, 'tables'> & { tables: Map<string, CollectedTable | LeftOut> }> {
  const collected = new Map<string, Pick<CollectedTable, 'records' | 'runs'>>();

  function begin(table: string): TableSink {
    const count = Math.max(1, known.get(table)?.length ?? 0);
    const runs = Array.from({ length: count }, (): CollectedRun => ({ kept: false, rows: 0 }));
    const records: StoredRecord[] = [];
    collected.set(table, { records, runs });
    let last = 0;
    const at = (run: number) => {
      const found = runs[run];
      if (found === undefined || run < last) throw new TypeError(`run ${run} came after ${last}`);
      last = run;
      return found;
    };
    return {
      async keep(run, rows) {
        Object.assign(at(run), { kept: true, rows });
        await meanwhile(table);
      },
      async take(run, taken) {
        at(run).rows += taken.length;
        records.push(...taken);
        await meanwhile(table);
      },
    };
  }

  const { tables, ...read } = await source.read({ pending, known, etags, begin, deadlineMs });
  return {
    ...read,
    tables: new Map(
      Array.from(tables, ([name, table]) => {
        const { records = [], runs = [] } = collected.get(name) ?? {};
        return [name, 'reason' in table ? table : { ...table, records, runs }];
      }),
    ),
  };
}

/** Records as a client parses them. */
export const parsed = (records: readonly StoredRecord[]): unknown[] =>
  records.map(({ json }) => JSON.parse(json));
