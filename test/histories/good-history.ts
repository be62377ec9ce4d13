import type { Line, LineOf } from './line.ts';
import { contentHash } from './truth.ts';

const row = (amount: number) => ({
  title: String(amount),
  comment: 'a comment',
  dt: '2024-01-01T00:00:00+00:00',
});

/** The table at three moments: two rows, an amount moved, and a row added and paid for. */
export const contents = {
  first: contentHash([
    [1, row(100)],
    [2, row(100)],
  ]),
  second: contentHash([
    [1, row(90)],
    [2, row(110)],
  ]),
  third: contentHash([
    [1, row(80)],
    [2, row(110)],
    [3, row(10)],
  ]),
  /** No moment's: row 1 of the second, row 2 of the first and an amount that makes the sum right. */
  torn: contentHash([
    [1, row(90)],
    [2, row(100)],
    [3, row(10)],
  ]),
};

const version = (rank: number) => ({ epoch: 1, rank });
export const moments = {
  first: { version: version(701), snapshot: '701:701:', etag: contents.first },
  second: { version: version(703), snapshot: '703:703:', etag: contents.second },
  third: { version: version(704), snapshot: '704:704:', etag: contents.third },
};

export function head(
  moment: keyof typeof moments,
  atMs: number,
  over: keyof typeof moments | null,
): LineOf<'head'> {
  return {
    ...{ kind: 'head', ...moments[moment], beganMs: atMs - 5, atMs },
    over: over === null ? null : moments[over].version,
  };
}

export function read(
  moment: keyof typeof moments,
  {
    answer = {},
    ...line
  }: Partial<Omit<LineOf<'read'>, 'answer'>> & { atMs: number; answer?: Partial<Answer> },
): LineOf<'read'> {
  const beganMs = line.beganMs ?? line.atMs - 5;
  return {
    ...{ kind: 'read', process: 'reader 1', how: 'plain', beganMs, ...line },
    answer: {
      ...{ ...moments[moment], hash: moments[moment].etag, sum: 200 },
      ...{ ageMs: 4, stale: false, from: 'memory', askedMs: beganMs + 1, answeredMs: beganMs + 4, ...answer },
    },
  };
}
type Answer = NonNullable<LineOf<'read'>['answer']>;

export function refresh(line: Partial<LineOf<'refresh'>> & { atMs: number }): LineOf<'refresh'> {
  return {
    ...{ kind: 'refresh', process: 'refresher 1', call: 'event', xids: [], outcome: 'published' },
    ...{ beganMs: line.atMs - 50, ...line },
  };
}

export const transaction = (
  xid: string,
  atMs: number,
  outcome: 'committed' | 'rolled back',
): LineOf<'transaction'> => ({
  ...{ kind: 'transaction', xid, outcome, beganMs: atMs - 10, atMs },
});

export const effect = (seq: number, xid: string, id: number, amount: number): LineOf<'effect'> => ({
  ...{ kind: 'effect', seq, xid, id, row: row(amount) },
});

export const end: LineOf<'end'> = {
  ...{ kind: 'end', atMs: 500, tableHash: contents.third, requested: 4, served: 4, pending: [] },
  ...{ events: 3, statements: 3, faults: {} },
};

/** A history in which every promise is kept. */
export const goodHistory: readonly Line[] = [
  { kind: 'begin', atMs: 0, seed: 1, total: 200, freshForMs: 30 },
  head('first', 50, null),
  refresh({ atMs: 60, beganMs: 10, head: moments.first }),
  read('first', { atMs: 95 }),
  transaction('701', 100, 'committed'),
  transaction('702', 120, 'rolled back'),
  read('first', { atMs: 124, beganMs: 120, answer: { ageMs: 29, askedMs: 91, answeredMs: 94 } }),
  head('second', 150, 'first'),
  refresh({ atMs: 160, beganMs: 125, head: moments.second }),
  read('second', { atMs: 170, how: 'no-cache', answer: { from: 'store' } }),
  transaction('703', 200, 'committed'),
  read('second', { atMs: 210, process: 'reader 2' }),
  refresh({ atMs: 240, beganMs: 150, outcome: 'failed', code: 'cache_unavailable' }),
  head('third', 250, 'second'),
  refresh({ atMs: 260, beganMs: 210, outcome: 'coalesced' }),
  read('third', { atMs: 300, how: 'transaction', xid: '703', answer: { from: 'store' } }),
  read('second', {
    atMs: 310,
    process: 'reader 2',
    answer: { stale: true, ageMs: 104, askedMs: 206, answeredMs: 209 },
  }),
  {
    kind: 'read',
    process: 'reader 2',
    how: 'transaction',
    xid: '999',
    beganMs: 320,
    atMs: 330,
    code: 'transaction_not_included',
  },
  read('third', { atMs: 450, last: true, how: 'no-cache' }),
  read('third', { atMs: 450, last: true, how: 'no-cache', process: 'reader 2' }),
  effect(1, '700', 1, 100),
  effect(2, '700', 2, 100),
  effect(3, '701', 1, 90),
  effect(4, '701', 2, 110),
  effect(6, '703', 3, 10),
  effect(5, '703', 1, 80),
  end,
];
