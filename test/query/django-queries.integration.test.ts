/** Compares lists in the envelope of Django REST framework with the original and django-filter, over generated rows and queries. */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod';
import { HttpError } from '../../lib/http/http-error.ts';
import { listEndpoint } from '../../lib/http/list-endpoint.ts';
import { parseRequest } from '../../lib/http/request.ts';
import type { Table } from '../../lib/tables/table.ts';
import { findPython } from '../django/python.ts';
import { decoded } from '../fakes/decoded.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { storedRecord } from '../fakes/records.ts';
import { createTestDataset } from '../reading/test-dataset.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startOracle } from '../support/python-oracle.ts';
import { readRecords } from '../tables/read-records.ts';
import {
  createTableSql,
  type Query,
  queries,
  type Row,
  rows,
  textOf,
  valuesTable,
} from './generated-values.ts';

const python = await findPython({
  name: 'Django REST framework, django-filter and psycopg2',
  packages: ['python3-djangorestframework', 'python3-django-filters', 'python3-psycopg2'],
  program: 'import rest_framework, django_filters, psycopg2',
});

/** The number of compared queries. */
const wanted = Number(process.env['QUERY_RUNS'] ?? 2_000);
jest.setTimeout(900_000 + 50 * wanted); // the first run may install Debian's packages
const perRows = 100;
const timeZone = 'America/New_York'; // has daylight saving time

const Answer = z.object({
  status: z.number(),
  body: z.string(),
  keys: z.nullable(z.array(z.number())),
});

const oracleOf = (python: string, env: Record<string, string>) =>
  startOracle({
    ...{ python, env, answer: Answer, file: new URL('oracle.py', import.meta.url) },
    stderr: process.env['QUERY_LOG'] === undefined ? 'ignore' : 'inherit',
  });

const describeWithPython = 'python' in python ? describe : describe.skip;
if ('missing' in python) console.warn(`Not compared with Django: ${python.missing}.`);

describeWithPython('a query is answered as by Django REST framework and django-filter', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await database.pool.query(createTableSql);
  });
  afterAll(() => database.drop());

  async function publish(values: readonly Row[]) {
    await database.pool.query('TRUNCATE value');
    await database.pool.query('INSERT INTO value SELECT * FROM json_populate_recordset(NULL::value, $1)', [
      JSON.stringify(values),
    ]);
    const answers = await Promise.all(
      [valuesTable({ json: 'drf', envelope: 'drf', timeZone }), valuesTable({ json: 'exact', timeZone })].map(
        async (table) => {
          const dataset = createTestDataset({ tables: [table], chunkBytes: 1_500 });
          const records = await readRecords(database.pool, table);
          const stored = records.map((json, at) => storedRecord(String(values[at]?.id), json));
          await dataset.publish({ rows: { [table.name]: stored } });
          return answering(table, dataset);
        },
      ),
    );
    const [drf, exact] = answers;
    if (drf === undefined || exact === undefined) throw new TypeError('there are two tables');
    return { drf, exact };
  }

  function answering(table: Table, dataset: ReturnType<typeof createTestDataset>) {
    const endpoint = listEndpoint({
      ...{ table, reader: dataset.container(), note: () => {} },
      cacheControl: { maxAgeS: 0, staleWhileRevalidateS: 0, staleIfErrorS: 0 },
    });
    return async (rawQueryString: string) => {
      const headers = { host: 'api.example.com' };
      const request = parseRequest(httpEvent({ path: `/${table.name}/`, rawQueryString, headers }));
      const call = { key: '', deadlineMs: dataset.clock.now() + 30_000 };
      try {
        const answer = await endpoint.answer(request, call);
        return { status: answer.statusCode, body: String(decoded(answer)), headers: answer.headers };
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
        return { status: error.status, body: JSON.stringify(error.body), headers: error.headers };
      }
    };
  }

  const withoutVersion = (body: string) =>
    body.replace(/\?version=\d+&/g, '?').replace(/[?&]version=\d+/g, '');

  test(`${wanted} times`, async () => {
    if (!('python' in python)) return;
    const oracle = oracleOf(python.python, { DATABASE_URL: database.url, TIME_ZONE: timeZone });
    const seed = Number(process.env['QUERY_SEED'] ?? Math.floor(Math.random() * 1e9));
    const seen = { compared: 0, partial: 0, refused: 0 };
    const differences: object[] = [];

    async function compare(
      answers: Awaited<ReturnType<typeof publish>>,
      values: readonly Row[],
      query: Query,
    ) {
      const text = textOf(query, values);
      const expected = await oracle.ask(text);
      const found = await answers.drf(text);
      const same =
        expected.status === found.status &&
        (expected.status === 200
          ? expected.body === withoutVersion(found.body)
          : isDeepStrictEqual(JSON.parse(expected.body), JSON.parse(found.body)));
      const { paging: _, ...all } = query;
      const exact = await answers.exact(`${textOf(all, values)}&limit=1000&count=exact&fields=id`);
      const keys = exact.status === 200 ? Ids.parse(JSON.parse(exact.body)).values.map(({ id }) => id) : [];
      const wantedKeys = expected.keys ?? [];
      const isCounted = exact.status !== 200 || exact.headers['total-count'] === String(wantedKeys.length);
      seen.compared += 1;
      if (expected.status === 400) seen.refused += 1;
      if (keys.length > 0 && keys.length < values.length) seen.partial += 1;
      // DRF ignores an invalid ordering; the exact list answers 400.
      const hasKeys = exact.status === 400 || isDeepStrictEqual(keys, wantedKeys);
      if (same && hasKeys && isCounted) return;
      differences.push({
        query: decodeURIComponent(text.replaceAll('+', ' ')),
        status: [expected.status, found.status, exact.status],
        ...(hasKeys ? {} : { expected: wantedKeys.join(), keys: keys.join() }),
        ...(same ? {} : firstDifference(expected.body, withoutVersion(found.body))),
        rows: values
          .filter(({ id }) => wantedKeys.includes(id) !== keys.includes(id))
          .slice(0, 2)
          .map((row) => JSON.stringify(row)),
      });
    }

    try {
      for (let run = 0; run * perRows < wanted && differences.length < 5; run += 1) {
        const [values = []] = fc.sample(rows, { seed: seed + run, numRuns: 1 });
        const answers = await publish(values);
        if (seen.compared % 1_000 === 0 && wanted > 10_000)
          process.stderr.write(`${seen.compared} queries compared\n`);
        for (const query of fc.sample(queries, { seed: seed + run, numRuns: perRows }))
          await compare(answers, values, query);
      }
    } finally {
      await oracle.stop();
    }
    if (wanted > 10_000) console.info(JSON.stringify({ seed, ...seen }));
    expect({ seed, differences: differences.slice(0, 8) }).toEqual({ seed, differences: [] });
    expect(seen.compared).toBeGreaterThanOrEqual(wanted);
    expect(seen.partial).toBeGreaterThan(wanted / 10);
    expect(seen.refused).toBeGreaterThan(wanted / 100);
  });
});

function firstDifference(expected: string, found: string) {
  let at = 0;
  while (at < expected.length && expected[at] === found[at]) at += 1;
  const from = Math.max(0, at - 40);
  return { expected: expected.slice(from, from + 160), found: found.slice(from, from + 160) };
}

const Ids = z.object({ values: z.array(z.object({ id: z.number() })) });
