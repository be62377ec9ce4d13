import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createDescription } from '../docs/described.ts';
import { storedRecord } from '../fakes/records.ts';
import { createTestClock } from '../fakes/test-clock.ts';
import { topics } from '../support/tables/topics.ts';
import { createLiveService } from './live-service.ts';

interface Row {
  title: string;
  comment: string;
}
/** Rows by key; few, so that two generations share most of them. */
const table = fc
  .uniqueArray(
    fc.tuple(
      fc.integer({ min: 1, max: 30 }),
      fc.record({
        title: fc.constantFrom('cat', 'dog', 'a Cat', 'é'),
        comment: fc.constantFrom('', 'x', 'y'),
      }),
    ),
    { selector: ([id]) => id, maxLength: 30, size: 'max' },
  )
  .map((rows) => new Map(rows));
const parameters = {
  id__gte: ['5', '15', '31'],
  'title!': ['cat', ''],
  title__icontains: ['cat', 'o', 'none'],
  comment: ['x', 'y'],
  search: ['cat', 'cat x', '"a cat"', ''],
  fields: ['id', 'id,title', 'comment,id'],
  dt__isnull: ['true', 'false'],
};
/** At most two parameters, because more match almost no record. */
const query = fc
  .uniqueArray(
    fc
      .constantFrom(...Object.entries(parameters))
      .chain(([name, values]) => fc.constantFrom(...values).map((value): [string, string] => [name, value])),
    { selector: ([name]) => name, maxLength: 2 },
  )
  .map((pairs) => String(new URLSearchParams(pairs)));

const stored = (rows: ReadonlyMap<number, Row>) =>
  [...rows]
    .sort(([a], [b]) => a - b)
    .map(([id, { title, comment }]) =>
      storedRecord(String(id), JSON.stringify({ id, title, comment, dt: '2024-01-01T00:00:00+00:00' })),
    );

const description = createDescription([topics]);

function createService() {
  const clock = createTestClock();
  const service = createLiveService({ clock, freshForMs: 0 });
  const faults: string[] = [];
  const handler = service.container(({ method, path, query: asked }, reply) => {
    if (!asked.includes('fields=')) faults.push(...description.differences(method, path, reply));
  });
  return {
    faults,
    async publish(rows: ReadonlyMap<number, Row>) {
      clock.advance(10);
      return (await service.publish(stored(rows))).pointer.generation;
    },
    async get(path: string, headers: Record<string, string> = {}) {
      const reply = await handler({ method: 'GET', url: `http://service.test/${path}`, headers });
      return { ...reply, json: reply.body === '' ? undefined : JSON.parse(reply.body) };
    },
  };
}

test('the difference of a query is that of its results in both generations, however the table has changed', async () => {
  const met = { upserts: 0, deletes: 0, empty: 0 };
  await fc.assert(
    fc.asyncProperty(table, table, table, query, async (first, edits, gone, asked) => {
      const { publish, get, faults } = createService();
      const since = await publish(first);
      const after = new Map([...first, ...[...edits].slice(0, 6)]);
      for (const id of [...gone.keys()].slice(0, 3)) after.delete(id);
      const until = await publish(after);

      const listAt = async (version: number) => {
        const { json, headers } = await get(`topics/?${asked}&count=exact&version=${version}`);
        const records = new Map<number, string>();
        for (const record of json.topics) records.set(record.id, JSON.stringify(record));
        return { records, count: Number(headers['total-count']) };
      };
      const changes = await get(`changes/topics/?since=${since}&${asked}`);
      const [before, now] = [await listAt(since), await listAt(until)];
      const upserts = [...now.records].filter(([id, text]) => before.records.get(id) !== text);
      const deletes = [...before.records.keys()].filter((id) => !now.records.has(id));
      expect(changes.json).toEqual({
        version: until,
        upserts: upserts.map(([, text]) => JSON.parse(text)),
        deletes,
        count: now.count,
      });
      expect(changes.headers).toMatchObject({ 'total-count': String(now.count) });
      met.upserts += upserts.length;
      met.deletes += deletes.length;
      if (upserts.length + deletes.length === 0) met.empty += 1;
      expect(faults).toEqual([]);
    }),
    { numRuns: 25, seed: 1 }, // one that meets all of them
  );
  // The run proves something only if all of these cases occurred.
  expect(Object.entries(met).filter(([, times]) => times === 0)).toEqual([]);
}, 60_000);

describe('the changes of a query', () => {
  let service: ReturnType<typeof createService>;
  let since: number;
  let version: number;
  const rows = (edited: string): [number, Row][] =>
    ['cat', edited, 'dog'].map((title, at) => [at + 1, { title, comment: '' }]);
  beforeAll(async () => {
    service = createService();
    since = await service.publish(new Map(rows('cat')));
    version = await service.publish(new Map(rows('dog')));
  });

  test('have a record that leaves as a delete, and one that enters as an upsert', async () => {
    const { json } = await service.get(`changes/topics/?since=${since}&title=cat`);
    expect(json).toEqual({ version, upserts: [], deletes: [2], count: 1 });
    const entered = await service.get(`changes/topics/?since=${since}&title=dog`);
    expect(entered.json).toMatchObject({ version, upserts: [{ id: 2 }], deletes: [], count: 2 });
  });

  test('have their own ETag, and a 304 has no count', async () => {
    const path = `changes/topics/?since=${since}&title=cat`;
    const { headers } = await service.get(path);
    const other = await service.get(`changes/topics/?since=${since}&title=dog`);
    expect(other.headers['etag']).not.toBe(headers['etag']);
    const held = await service.get(path, { 'if-none-match': headers['etag'] ?? '' });
    expect(held.status).toBe(304);
    expect(held.headers['total-count']).toBeUndefined();
  });

  test('have a count where no record changed', async () => {
    const { json } = await service.get(`changes/topics/?since=${version}&title=dog`);
    expect(json).toEqual({ version, upserts: [], deletes: [], count: 2 });
  });

  test('between two versions are immutable, like those of the list', async () => {
    const { headers } = await service.get(`changes/topics/?since=${since}&until=${version}&title=cat`);
    expect(headers['cache-control']).toMatch(/immutable/);
  });

  test.each([
    ...['ordering=id', 'limit=1', 'offset=1', 'after=1', 'page=1', 'page_size=1', 'cursor='].map(
      (one) => [one, 'parameter_unknown'] as const,
    ),
    ...[['count=exact', 'parameter_unknown'] as const, ['version=1', 'parameter_unknown'] as const],
    ...[['none=1', 'parameter_unknown'] as const, ['id=x', 'filter_invalid'] as const],
    ['fields=none', 'fields_invalid'] as const,
  ])('with %s are 400', async (asked, code) => {
    const { status, json, headers } = await service.get(`changes/topics/?since=${since}&${asked}`);
    expect([status, json.code, headers['cache-control']]).toEqual([400, code, 'no-store']);
  });
});
