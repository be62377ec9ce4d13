import type {
  DatasetRead,
  DatasetSource,
  LeftOut,
  TableRead,
  TableSink,
} from '../../lib/source/dataset-source.ts';
import type { KnownRun } from '../../lib/source/plan.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';

/** What became of a known run. */
export interface CollectedRun {
  kept: boolean;
  rows: number;
}

export interface CollectedTable extends TableRead {
  /** What was read, in order. */
  records: StoredRecord[];
  /** One for each known run; one where none is known. */
  runs: CollectedRun[];
}

export interface CollectOptions {
  pending: readonly string[];
  known: ReadonlyMap<string, readonly KnownRun[]>;
  deadlineMs: number;
  /** Told of all that a sink is given, and waited for. */
  meanwhile: (table: string) => Promise<unknown>;
}

/** Reads a dataset into memory. What sinks were given before a read began again is dropped. */
export async function collect(
  source: DatasetSource,
  {
    pending = [],
    known = new Map(),
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

  const { tables, ...read } = await source.read({ pending, known, begin, deadlineMs });
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

/** Records as a client reads them. */
export const parsed = (records: readonly StoredRecord[]): unknown[] =>
  records.map(({ json }) => JSON.parse(json));
