import { randomUUID } from 'node:crypto';
import type { FakeReply, FakeRequest } from '../../client/conformance/fake-server.ts';
import type { Clock } from '../../lib/clock.ts';
import { api } from '../../lib/http/api.ts';
import { tableRoutes } from '../../lib/http/table-routes.ts';
import { createRefresher } from '../../lib/publishing/refresher.ts';
import { sweep } from '../../lib/publishing/sweep.ts';
import { createReader } from '../../lib/reading/reader.ts';
import type { Pointer } from '../../lib/snapshots/pointer.ts';
import type { DatasetSource } from '../../lib/source/dataset-source.ts';
import { createMemoryBlobs } from '../../lib/stores/memory/memory-blobs.ts';
import { createMemoryPointers } from '../../lib/stores/memory/memory-pointers.ts';
import { createMemoryRequests } from '../../lib/stores/memory/memory-requests.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import type { Table } from '../../lib/tables/table.ts';
import { decoded } from '../fakes/decoded.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { lambdaContext } from '../fakes/lambda-context.ts';
import { etagOf, feed } from '../fakes/modelled-source.ts';
import { createReportedLog } from '../fakes/reported.ts';
import { topics } from '../support/tables/topics.ts';

/**
 * The real publisher, sweep, readers and HTTP stack with stores in memory, without AWS and a database.
 * @param clock the containers' clock
 */
export function createLiveService({
  clock,
  fillBytes = 200,
  historyForS = 3_600,
  freshForMs = 1_000,
  table = topics,
}: {
  clock: Clock;
  fillBytes?: number;
  historyForS?: number;
  freshForMs?: number;
  table?: Table;
}) {
  const pointers = createMemoryPointers();
  const blobs = createMemoryBlobs();
  const requests = createMemoryRequests(randomUUID);
  const { report } = createReportedLog().log;
  let rows: readonly StoredRecord[] = [];
  let xid = 700;
  const source: DatasetSource = {
    tables: [table],
    async read({ known, begin }) {
      const found = rows;
      await feed(begin(table.name), found, known.get(table.name) ?? [], (a, b) => BigInt(a) < BigInt(b));
      const read = { etag: etagOf(table.form, found), count: found.length, unknownColumns: [] };
      return { snapshot: `${xid}:${xid}:`, settled: [], tables: new Map([[table.name, read]]) };
    },
    settled: async () => ({ settled: [], impossible: [] }),
  };
  const own = { pointers, blobs, requests, report };
  const refresher = createRefresher({
    ...{ ...own, source, clock, newId: randomUUID, random: () => 0.5 },
    sizes: { fillBytes, mostBytes: 2 * fillBytes },
  });
  const deadlineMs = () => clock.now() + 30_000;

  return {
    pointers,
    /** Publishes these rows, in key order. @returns their pointer and their transaction */
    async publish(records: readonly StoredRecord[]): Promise<{ pointer: Pointer; transactionId: string }> {
      rows = records;
      const transactionId = String(xid);
      xid += 1;
      await refresher.refresh({ deadlineMs: deadlineMs(), wait: true, lingerMs: 0 });
      const pointer = await pointers.read();
      if (pointer === undefined) throw new Error('nothing was published');
      return { pointer, transactionId };
    },
    sweep: () =>
      sweep(
        { ...own, nowMs: clock.now, newId: randomUUID, historyForMs: historyForS * 1_000 },
        { resume: undefined, deadlineMs: deadlineMs() },
      ),
    /** A container of the list function. @param onAnswer receives each answer */
    container(
      onAnswer: (
        request: { method: string; path: string; query: string },
        reply: FakeReply,
      ) => void = () => {},
    ) {
      const { log } = createReportedLog();
      const reader = createReader({
        ...{ pointers, blobs, clock, report },
        refresher: async () => refresher,
        freshness: { freshForMs, staleLimitMs: 60_000, transactionWaitMs: 2_000 },
        memoryBytes: 10_000_000,
      });
      const cacheControl = { maxAgeS: 0, staleWhileRevalidateS: 0, staleIfErrorS: 0 };
      const handler = api(
        tableRoutes([table], { reader, cacheControl, historyForS, nowMs: clock.now, note: log.note }),
        { corsOrigins: '*', nowMs: clock.now, log },
      );
      return async ({ method, url, headers }: FakeRequest): Promise<FakeReply> => {
        const { pathname, search } = new URL(url);
        const path = decodeURIComponent(pathname);
        const event = httpEvent({ method, path, headers, rawQueryString: search.slice(1) });
        const reply = await handler(event, lambdaContext());
        const body = reply.body === undefined ? '' : decoded(reply).toString();
        const answer = { status: reply.statusCode, headers: reply.headers, body };
        onAnswer({ method, path, query: search }, answer);
        return answer;
      };
    },
  };
}
export type LiveService = ReturnType<typeof createLiveService>;
