import { momentOf } from '../../lib/pg-snapshot.ts';
import type { Source } from '../../lib/source/source.ts';
import type { ModelledDatabase } from './modelled-database.ts';
import { form, naiveEtag, runsOf } from './records.ts';

/** Reads a modelled table as the real reader does: the first page takes the snapshot, and every page is of that one. */
export function createDatabaseSource(
  database: ModelledDatabase,
  {
    name = 'topics',
    betweenPages = async () => {},
  }: { name?: string; betweenPages?: () => Promise<void> } = {},
): Source {
  return {
    name,
    form,
    async read({ pending, known }) {
      const snapshot = database.snapshot();
      const firstPage = database.recordsIn(snapshot).slice(0, 1);
      const moment = momentOf(snapshot);
      const settled = pending.filter((xid) => database.isFinishedIn(snapshot, xid));
      await betweenPages();
      const records = [...firstPage, ...database.recordsIn(snapshot).slice(1)];
      const content = { runs: runsOf(records, known), etag: naiveEtag(records) };
      return { ...content, moment, settled, unknownColumns: [] };
    },
    async settled({ pending }) {
      const snapshot = database.snapshot();
      return pending.filter((xid) => database.isFinishedIn(snapshot, xid));
    },
  };
}
