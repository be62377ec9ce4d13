import { beforeEach, describe, expect, test } from '@jest/globals';
import { storedRecord } from '../fakes/records.ts';
import { createTestClock, type TestClock } from '../fakes/test-clock.ts';
import { createLiveService, type LiveService } from './live-service.ts';

const historyForS = 100;
let clock: TestClock;
let service: LiveService;
let container: ReturnType<LiveService['container']>;

/** Rows with keys from 1, in chunks of about one row. */
const rows = (count: number, edited: Record<number, string> = {}) =>
  Array.from({ length: count }, (_, at) => {
    const title = edited[at + 1] ?? 'a title '.repeat(20);
    return storedRecord(String(at + 1), `{"id":${at + 1},"title":"${title}"}`);
  });

beforeEach(() => {
  clock = createTestClock();
  service = createLiveService({ clock, historyForS });
  container = service.container();
});

async function publish(records: ReturnType<typeof rows>) {
  clock.advance(10);
  const { pointer, transactionId } = await service.publish(records);
  return { version: pointer.generation, transactionId };
}

async function changes(query: Record<string, string | number>, from = container, headers = {}) {
  const texts = Object.entries(query).map(([name, value]) => `${name}=${value}`);
  const url = `http://service.test/changes/topics/?${texts.join('&')}`;
  const reply = await from({ method: 'GET', url, headers });
  return { ...reply, json: reply.body === '' ? undefined : JSON.parse(reply.body) };
}

test('an edit, an addition and a deletion are listed, with the number of records', async () => {
  const { version: since } = await publish(rows(20));
  const { version } = await publish([...rows(21, { 3: 'edited' })].filter(({ key }) => key !== '7'));
  const { status, headers, body } = await changes({ since });
  expect(status).toBe(200);
  expect(body).toBe(
    `{"version":${version},"upserts":[{"id":3,"title":"edited"},{"id":21,"title":"${'a title '.repeat(20)}"}],"deletes":[7],"count":20}`,
  );
  expect(headers).toMatchObject({
    'snapshot-version': String(version),
    'total-count': '20',
    'access-control-allow-origin': '*',
  });
});

test('an edit that was taken back is no change', async () => {
  const { version: since } = await publish(rows(3));
  await publish(rows(3, { 1: 'edited' }));
  const { version } = await publish(rows(3));
  expect((await changes({ since })).json).toEqual({ version, upserts: [], deletes: [], count: 3 });
});

describe('a version above that in memory', () => {
  test('is read from the store at once: another container may have answered it', async () => {
    await publish(rows(3));
    await changes({ since: 1 }); // the container has the first version in memory
    const { version } = await publish(rows(3, { 1: 'edited' }));
    expect((await changes({ since: version })).json).toEqual({ version, upserts: [], deletes: [], count: 3 });
  });

  test('is 404 with no-store where it is above the published one', async () => {
    const { version } = await publish(rows(3));
    const { status, headers, json } = await changes({ since: version + 1 });
    expect([status, json.code, headers['cache-control']]).toEqual([404, 'version_unknown', 'no-store']);
  });
});

describe('a transaction that is named', () => {
  test.each(['parameter', 'header'])('(by %s) is in the answer, though memory is older', async (by) => {
    const { version: since } = await publish(rows(3));
    await changes({ since });
    const { version, transactionId } = await publish(rows(3, { 1: 'edited' }));
    const { json } =
      by === 'header'
        ? await changes({ since }, container, { 'transaction-id': transactionId })
        : await changes({ since, transaction: transactionId });
    expect(json).toMatchObject({ version, upserts: [{ id: 1, title: 'edited' }] });
  });

  test('and does not come is 503 with Retry-After', async () => {
    const { version: since } = await publish(rows(3));
    const { status, headers, json } = await changes({ since, transaction: 9_999 });
    expect([status, json.code]).toEqual([503, 'transaction_not_included']);
    expect(headers['retry-after']).toBe('1');
  });
});

describe('how long an answer with until may be kept', () => {
  const ageOf = async (query: Record<string, number>) => (await changes(query)).headers['cache-control'];

  test('is the time for which the older version is sure to be kept', async () => {
    const { version: since } = await publish(rows(3));
    const { version: until } = await publish(rows(3, { 1: 'edited' }));
    clock.advance(30_000);
    expect(await ageOf({ since, until })).toBe('public, max-age=69, immutable');
  });

  test('is the usual one where no time is sure to be left', async () => {
    const { version: since } = await publish(rows(3));
    clock.advance(historyForS * 1_000);
    const { version: until } = await publish(rows(3, { 1: 'edited' }));
    expect(await ageOf({ since, until })).toBe('public, max-age=0');
  });
});

test('a version that the sweep has deleted is 410 version_gone with no-store', async () => {
  const { version: since } = await publish(rows(3));
  await publish(rows(3, { 1: 'edited' }));
  clock.advance(2 * historyForS * 1_000);
  await publish(rows(3, { 1: 'edited again' }));
  clock.advance(2_000);
  await service.sweep();
  await service.sweep();
  const { status, headers, json } = await changes({ since });
  expect([status, json.code, headers['cache-control']]).toEqual([410, 'version_gone', 'no-store']);
});

describe('a large difference', () => {
  const edited = (keys: number) =>
    Object.fromEntries(Array.from({ length: keys }, (_, at) => [at * 2 + 1, 'edited']));

  test('of most chunks is 410 delta_too_large', async () => {
    const { version: since } = await publish(rows(60));
    await publish(rows(60, edited(30)));
    const { status, json } = await changes({ since });
    expect([status, json.code]).toEqual([410, 'delta_too_large']);
  });

  test('that does not fit into one answer is 410 delta_too_large, and is answered where gzip makes it fit', async () => {
    const large = 'a'.repeat(1_100_000);
    const { version: since } = await publish(rows(6));
    await publish(rows(6, Object.fromEntries([1, 2, 3, 4, 5, 6].map((key) => [key, large]))));
    const { status, json } = await changes({ since });
    expect([status, json.code]).toEqual([410, 'delta_too_large']);
    const packed = await changes({ since }, container, { 'accept-encoding': 'gzip' });
    expect(packed.json.upserts).toHaveLength(6);
  });

  test('of a small part of the table is answered', async () => {
    const { version: since } = await publish(rows(60));
    await publish(rows(60, edited(10)));
    expect((await changes({ since })).json.upserts).toHaveLength(10);
  });
});
