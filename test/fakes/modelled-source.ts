import { hash } from 'node:crypto';
import type {
  DatasetSource,
  LeftOut,
  SourceTable,
  TableRead,
  TableSink,
} from '../../lib/source/dataset-source.ts';
import type { KnownRun } from '../../lib/source/plan.ts';
import { digestOf } from '../../lib/source/row-bytes.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import { isFinishedIn, type ModelledDatabase, type ModelledMoment } from './modelled-database.ts';
import { form as formOfTests } from './records.ts';

export const naiveDigestOf = (records: readonly StoredRecord[]) =>
  digestOf(records.map(({ source }) => source));

/** The ETag of a table's records in a form. */
export const etagOf = (form: string, records: readonly StoredRecord[]) =>
  hash('sha256', `${form} ${naiveDigestOf(records)}`, 'base64url');

/** Passes each known run to a sink, as unchanged or with its records. */
export async function feed(
  sink: TableSink,
  records: readonly StoredRecord[],
  known: readonly KnownRun[],
  isBefore = (a: string, b: string) => a < b,
) {
  const runs = Array.from({ length: Math.max(1, known.length) }, (): StoredRecord[] => []);
  for (const record of records) {
    const next = known.findIndex(({ firstKey }, at) => at > 0 && isBefore(record.key, firstKey));
    runs.at(next === -1 ? -1 : next - 1)?.push(record);
  }
  for (const [at, run] of runs.entries()) {
    if (naiveDigestOf(run) === known[at]?.digest) await sink.keep(at, run.length);
    else if (run.length > 0) await sink.take(at, run);
  }
}

/** Reads modelled tables like the real source: all tables at the moment of the first. */
export function createModelledSource(
  database: ModelledDatabase,
  {
    tables = [{ name: 'topics', form: formOfTests, mayLose: 1 }],
    leavesOut = () => undefined,
    betweenTables = async () => {},
    onMoment = () => {},
  }: {
    tables?: readonly SourceTable[];
    leavesOut?: (table: string) => LeftOut | undefined;
    betweenTables?: () => Promise<void>;
    onMoment?: (moment: ModelledMoment) => void;
  } = {},
): DatasetSource {
  return {
    tables,
    async read({ pending, known, etags, begin }) {
      const moment = database.moment();
      onMoment(moment);
      const settled = pending.filter((xid) => isFinishedIn(moment, database.transactionOf(xid)));
      const results = new Map<string, TableRead | LeftOut>();
      const contents = tables.map(({ name }) => database.recordsIn(name, moment));
      for (const [at, { name, form }] of tables.entries()) {
        const records = contents[at] ?? [];
        const leftOut = leavesOut(name);
        if (leftOut === undefined) {
          const etag = etagOf(form, records);
          const runs = known.get(name) ?? [];
          const sink = begin(name);
          if (etag !== etags.get(name)) await feed(sink, records, runs);
          else for (const [run, { rows }] of runs.entries()) await sink.keep(run, rows);
          results.set(name, { etag, count: records.length, unknownColumns: [] });
        } else results.set(name, leftOut);
        await betweenTables();
      }
      return { snapshot: moment.snapshot, settled, tables: results };
    },
    async settled({ pending }) {
      return {
        settled: pending.filter((xid) => database.isGiven(xid) && !database.isRunning(xid)),
        impossible: pending.filter((xid) => !database.isGiven(xid)),
      };
    },
  };
}
