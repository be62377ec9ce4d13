import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as column from '../../lib/tables/columns.ts';
import { defineDataset, defineTable } from '../../lib/tables/define-table.ts';
import { compactJson, encodeRecord } from '../../lib/tables/json-text.ts';
import type { Table, TableDefinition } from '../../lib/tables/table.ts';
import { storedRecord } from '../fakes/records.ts';
import { createTestClock } from '../fakes/test-clock.ts';
import { createLiveService } from '../http/live-service.ts';
import { createDescription, type DescribedParameter } from './described.ts';

/** A table with columns whose JSON depends on the options. */
const tableOf = (options: Pick<TableDefinition, 'json' | 'envelope' | 'pageSize'>) =>
  defineTable({
    name: 'topics',
    relation: 'public.bbs_topic',
    key: 'id',
    columns: {
      id: column.integer(),
      title: column.text(),
      comment: column.text({ nullable: true }),
      dt: column.timestamptz(),
      price: column.numeric(),
      took: column.duration({ nullable: true }),
    },
    ...options,
  });

/** Records with the JSON of the table's columns. */
const rows = (table: Table, count: number, edit = '') =>
  Array.from({ length: count }, (_, at) => {
    const texts: Record<string, string> = {
      id: String(at + 1),
      title: at === 0 ? `edited ${edit}` : 'a title',
      comment: 'a comment '.repeat(20),
      dt: '2026-02-28T09:05:07',
      price: '12.50',
      took: '93784',
    };
    const members = table.columns.map(({ name, toJson }) => [name, toJson(texts[name] ?? '')] as const);
    return storedRecord(String(at + 1), encodeRecord(Object.fromEntries(members)));
  });

/** A service with three versions, the first of which is no longer kept. */
async function createService(table: Table) {
  const clock = createTestClock();
  const service = createLiveService({ clock, table, historyForS: 100, freshForMs: 0 });
  const versions: number[] = [];
  for (const edit of ['first', 'second', 'third']) {
    clock.advance(300_000);
    const { pointer } = await service.publish(rows(table, 40, edit));
    versions.push(pointer.generation);
  }
  clock.advance(2_000);
  await service.sweep();
  await service.sweep();
  return { service, versions };
}

const partOf = new Set([
  ...['offset', 'page', 'page_size', 'cursor', 'ordering', 'search', 'fields', 'count', 'format', 'filters'],
]);

type Pairs = [name: string, value: string][];

/** Generates valid and invalid values of the described parameters, for query, headers and path. */
function valuesOf(versions: readonly number[], etags: readonly string[]) {
  const version = fc.constantFrom(...versions, 0, 1, 9 * 10 ** 14, -1, 'x', '').map(String);
  const number = fc.oneof(fc.integer({ min: -2, max: 45 }).map(String), fc.constantFrom('', 'x', '10001'));
  const transaction = fc.constantFrom('1', '702', '99999', 'x', '');
  const values: Record<string, fc.Arbitrary<string>> = {
    ...{ key: number, limit: number, after: number, version, since: version, until: version },
    ...{ transaction, 'Transaction-Id': transaction },
    ...{ offset: number, page: fc.oneof(number, fc.constant('last')), page_size: number },
    cursor: fc.constantFrom('', 'x'),
    ordering: fc.constantFrom('id', '-dt,title', 'none', ''),
    search: fc.constantFrom('a', 'first "of them"', ''),
    fields: fc.constantFrom('id,title', 'none', ''),
    count: fc.constantFrom('exact', 'x'),
    format: fc.constantFrom('json', 'xml'),
    'Cache-Control': fc.constantFrom('no-cache', 'max-age=0', 'max-age=60'),
    'If-None-Match': fc.oneof(
      fc.constant('*'),
      fc.nat().map((at) => etags[at % etags.length] ?? ''),
    ),
  };
  const filterValue = fc.oneof(
    number,
    fc.constantFrom('true', 'a', '2026-02-28', '2026-02-28T09:05:07Z', '1,2'),
  );
  return ({ name, schema }: DescribedParameter): fc.Arbitrary<Pairs> => {
    const names = schema.propertyNames?.enum;
    if (names !== undefined)
      return fc.array(fc.tuple(fc.constantFrom(...names), filterValue), { minLength: 1, maxLength: 2 });
    const value = values[name];
    if (value === undefined) throw new TypeError(`the test has no values of ${name}: add them`);
    return value.map((text) => [[name, text]]);
  };
}

/** The answers of every table, besides those of the list's path. */
const statuses = [
  ...[200, 304, 404, 410].map((status) => `/topics/{key}/ ${status}`),
  ...[200, 304, 400, 404, 410].map((status) => `/changes/topics/ ${status}`),
];

test.each([
  ['as they are', {}, 350, [200, 304, 400, 404, 406, 410, 412, 503]],
  ['as of FastAPI, in pages', { json: 'fastapi', pageSize: 7 } as const, 150, [200, 304, 400, 404, 410]],
  ['as of DRF', { json: 'drf', envelope: 'drf' } as const, 150, [200, 304, 400, 404, 410, 503]],
  ['in the envelope of DRF alone', { envelope: 'drf' } as const, 150, [200, 304, 400, 404, 410]],
])(
  'every answer to described parameters of a list %s matches the description',
  async (_, options, numRuns, listStatuses) => {
    const table = tableOf(options);
    const description = createDescription(defineDataset([table]));
    const { service, versions } = await createService(table);
    const faults: string[] = [];
    const met = new Set<string>();
    const etags = ['*', '"x"', ''];
    const handler = service.container(({ method, path, query }, reply) => {
      met.add(`${path.replace(/^\/topics\/.+/, '/topics/{key}/')} ${reply.status}`);
      const { etag } = reply.headers;
      if (etag !== undefined && etags.length < 20) etags.push(etag);
      const isPart = query.includes('fields=');
      for (const fault of description.differences(method, path, reply))
        if (!isPart || !fault.includes('must have required property'))
          faults.push(`${method} ${path}: ${fault}`);
    });
    const given = valuesOf(versions, etags);
    const operations = Object.entries(description.paths).filter(([path]) => path !== '/refresh/');
    const requests = operations.map(([path, { get }]) => {
      const parameters = (get?.parameters ?? []).map((parameter) => {
        const { name, in: place, required } = parameter;
        const value = given(parameter).map((pairs) => ({ place, pairs }));
        // Rarely adds paging parameters: most of their values are refused, which would hide the other answers.
        const present = required ? 9 : partOf.has(name) ? 1 : 4;
        const absent = required ? 1 : partOf.has(name) ? 19 : 4;
        if (place === 'path') return value;
        return fc.oneof(
          { weight: present, arbitrary: value },
          { weight: absent, arbitrary: fc.constant(undefined) },
        );
      });
      return fc.record({
        method: fc.constantFrom('GET', 'GET', 'HEAD'),
        path: fc.constant(path),
        parameters: fc.tuple(...parameters),
        more: fc.constantFrom(
          ...[{}, {}, {}, { 'accept-encoding': 'gzip' }, { 'accept-encoding': 'br;q=1, *;q=0' }],
          ...[{ 'accept-encoding': 'identity;q=0, *;q=0' }, { 'if-match': '"other"' }],
        ),
      });
    });

    await fc.assert(
      fc.asyncProperty(fc.oneof(...requests), async ({ method, path: template, parameters, more }) => {
        const query = new URLSearchParams();
        const headers: Record<string, string> = { ...more };
        let path = template;
        for (const parameter of parameters) {
          const { place, pairs } = parameter ?? { place: 'query', pairs: [] };
          for (const [name, text] of pairs)
            if (place === 'query') query.set(name, text);
            else if (place === 'header') headers[name.toLowerCase()] = text;
            else path = path.replace(`{${name}}`, encodeURIComponent(text));
        }
        await handler({ method, url: `http://service.test${path}?${query}`, headers });
      }),
      { numRuns, seed: 10 }, // one that meets every answer
    );
    expect([...new Set(faults)]).toEqual([]);
    const expected = [...listStatuses.map((status) => `/topics/ ${status}`), ...statuses];
    expect(expected.filter((one) => !met.has(one))).toEqual([]);
  },
  60_000,
);

/** PostgreSQL's texts of each kind, including unusual ones. */
const texts: Record<string, readonly string[]> = {
  integer: ['1', '-9223372036854775808'],
  numeric: ['12345.678900', '42', 'NaN', '-Infinity'],
  float: ['3ff0000000000000', '7ff8000000000000', 'fff0000000000000'],
  real: ['3dcccccd', '7fc00000'],
  boolean: ['true', 'false'],
  text: ['', 'こんにちは\u2028'],
  uuid: ['0a1b2c3d-4e5f-6789-abcd-ef0123456789'],
  inet: ['192.168.0.1', '2001:db8::/32'],
  date: ['2024-02-29', 'infinity', '0044-03-15 BC'],
  time: ['09:05:07.12', '24:00:00'],
  timestamptz: ['2024-02-29T00:05:07.123456', '-infinity', '0044-03-15T00:00:00 BC'],
  timestamp: ['2024-02-29T00:05:07', 'infinity'],
  localTimestamptz: ['2024-02-29T00:05:07'],
  duration: ['93784', '0.5', 'infinity'],
  jsonb: ['{"a": [1.0, null]}', 'null', '12345678901234567890.10'],
  hstore: ['{"a": "b", "c": null}'],
  bytea: ['AP8Q', ''],
  other: ['a'],
  array: ['["[1:3]", ["3", null, "2"]]', '[null, null]', '["[1:2][1:2]", ["1", "2", "3", "4"]]'],
  range: ['["1", "10", "[)"]', '[null, "10", "()"]', '[]'],
  multirange: ['[["1", "10", "[)"]]', '[]'],
};

test.each(['exact', 'fastapi', 'drf'] as const)(
  'every kind of column writes values that match the description, with json: %j',
  (json) => {
    const { array, range, multirange, integer, ...simple } = column;
    const nullable = { nullable: true };
    const columns = {
      id: integer(),
      ...Object.fromEntries(Object.entries(simple).map(([kind, of]) => [kind, of(nullable)])),
      ...{ integer: integer(nullable), array: array(integer(), nullable) },
      ...{ range: range(integer(), nullable), multirange: multirange(integer(), nullable) },
    };
    const table = defineTable({ name: 'things', relation: 'public.thing', key: 'id', columns, json });
    const { differences } = createDescription(defineDataset([table]));
    expect(Object.keys(texts).sort()).toEqual(
      Object.keys(columns)
        .filter((name) => name !== 'id')
        .sort(),
    );
    for (let turn = 0; turn < 4; turn += 1) {
      const members = table.columns.map(({ name, toJson }) => {
        const text = name === 'id' ? '1' : texts[name]?.[turn];
        return [name, text === undefined ? null : toJson(text)] as const;
      });
      const body = encodeRecord(Object.fromEntries(members));
      expect(compactJson(body)).toBe(body);
      const list = `{"version":1,"upserts":[${body}],"deletes":[1],"count":1}`;
      const headers = { 'content-type': 'application/json', 'cache-control': 'x', etag: '"x"', age: '0' };
      const more = {
        'last-modified': 'x',
        'snapshot-version': '1',
        'cache-status': 'x',
        'total-count': '1',
        vary: 'x',
      };
      const answer = { status: 200, headers: { ...headers, ...more }, body: list };
      expect(differences('GET', '/changes/things/', answer)).toEqual([]);
    }
  },
);
