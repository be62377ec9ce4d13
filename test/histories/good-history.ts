import type { Entry, Line, LineOf } from './line.ts';
import { releases } from './tables.ts';
import { contentHash } from './truth.ts';

const [[topics, replies = topics], [nextTopics]] = releases;
export const forms = { topics: topics.form, replies: replies.form, nextTopics: nextTopics.form };

const row = (amount: number) => ({
  title: String(amount),
  comment: 'a comment',
  dt: '2024-01-01T00:00:00+00:00',
});
const contentOf = (table: typeof topics, amounts: readonly number[]) =>
  contentHash(
    table,
    amounts.map((amount, at) => [at + 1, row(amount)] as const),
  );

/** Both tables at three moments: first an amount moves to the other table, then a row is added with an amount from the other. */
const moments = {
  first: { generation: 1_000, snapshot: '701:701:', topics: [100, 100], replies: [100] },
  second: { generation: 2_000, snapshot: '703:703:', topics: [90, 100], replies: [110] },
  third: { generation: 3_000, snapshot: '704:704:', topics: [90, 100, 10], replies: [100] },
};
type Moment = keyof typeof moments;
type Name = 'topics' | 'replies';
const tables = { topics, replies };

/** The ETags of the topics at each moment, and one of no moment: the second's rows with an amount that corrects the sum. */
export const contents = {
  first: contentOf(topics, moments.first.topics),
  second: contentOf(topics, moments.second.topics),
  third: contentOf(topics, moments.third.topics),
  torn: contentOf(topics, [80, 110, 10]),
};

export function entry(moment: Moment, name: Name = 'topics', changes: Partial<Entry> = {}): Entry {
  const { generation, snapshot, ...amounts } = moments[moment];
  const etag = contentOf(tables[name], amounts[name]);
  return {
    ...{ table: name, form: forms[name], generation, changed: generation, etag, snapshot },
    ...{ request: `incarnation ${generation / 1_000}`, ...changes },
  };
}

export function pointer(
  moment: Moment,
  atMs: number,
  over: string | null,
  changes: Partial<LineOf<'pointer'>> = {},
): LineOf<'pointer'> {
  return {
    ...{ kind: 'pointer', beganMs: atMs - 5, atMs, revision: moment, over },
    ...{ generation: moments[moment].generation, oldest: 0, sweep: 0, pin: null },
    entries: [entry(moment, 'topics'), entry(moment, 'replies')],
    ...changes,
  };
}

type Answer = NonNullable<LineOf<'read'>['answer']>;

export function read(
  moment: Moment,
  {
    answer = {},
    table = 'topics',
    ...line
  }: Partial<Omit<LineOf<'read'>, 'answer'>> & { atMs: number; answer?: Partial<Answer> },
): LineOf<'read'> {
  const beganMs = line.beganMs ?? line.atMs - 5;
  const { generation, snapshot, etag, form } = entry(moment, table);
  return {
    ...{ kind: 'read', process: 'reader 1', how: 'plain', table, form, beganMs, ...line },
    answer: {
      ...{ version: generation, generation, form, snapshot, etag, hash: etag, sum: sumOf(moment, table) },
      ...{ ageMs: 4, stale: false, pinned: false, local: false, from: 'memory' },
      ...{ askedMs: beganMs + 1, answeredMs: beganMs + 4, ...answer },
    },
  };
}

const sumOf = (moment: Moment, name: Name) => moments[moment][name].reduce((sum, amount) => sum + amount, 0);

/** A request without an answer. */
export const refusal = (
  code: string,
  line: Partial<Omit<LineOf<'read'>, 'answer'>> = {},
): LineOf<'read'> => ({
  ...{ kind: 'read', process: 'reader 1', how: 'plain', table: 'topics', form: forms.topics },
  ...{ beganMs: 460, atMs: 461, code, ...line },
});

export function refresh(line: Partial<LineOf<'refresh'>> & { atMs: number }): LineOf<'refresh'> {
  return {
    ...{ kind: 'refresh', process: 'refresher 1', call: 'event', xids: [], outcome: 'published' },
    ...{ beganMs: line.atMs - 50, forms: [topics.form, replies.form], ...line },
  };
}

export const transaction = (
  xid: string,
  atMs: number,
  outcome: LineOf<'transaction'>['outcome'],
  epoch = 1,
): LineOf<'transaction'> => ({
  ...{ kind: 'transaction', epoch, xid, outcome, beganMs: atMs - 10, atMs },
});

export const effect = (
  seq: number,
  xid: string,
  table: Name,
  id: number,
  amount: number,
  epoch = 1,
): LineOf<'effect'> => ({
  ...{ kind: 'effect', epoch, seq, xid, table, id, row: row(amount) },
});

export const sweep = (line: Partial<LineOf<'sweep'>> & { atMs: number }): LineOf<'sweep'> => ({
  ...{ kind: 'sweep', process: 'sweeper 1', beganMs: line.atMs - 20, outcome: 'done' },
  ...{ deletedBlobs: 3, deletedGenerations: 1, ...line },
});

export const end: LineOf<'end'> = {
  ...{ kind: 'end', atMs: 500, requested: 4, served: 4, pending: [], garbage: [], missing: [] },
  tableHashes: { [topics.form]: contents.third, [replies.form]: contentOf(replies, moments.third.replies) },
  ...{ events: 3, statements: 3, faults: {} },
};

/** A history without violations. */
export const goodHistory: readonly Line[] = [
  { kind: 'begin', atMs: 0, seed: 1, total: 300, freshForMs: 30, historyForMs: 200 },
  pointer('first', 50, null),
  refresh({ atMs: 60, beganMs: 10, revision: 'first' }),
  read('first', { atMs: 95 }),
  transaction('701', 100, 'committed'),
  transaction('702', 120, 'rolled back'),
  read('first', { atMs: 124, beganMs: 120, answer: { ageMs: 29, askedMs: 91, answeredMs: 94 } }),
  pointer('second', 150, 'first'),
  refresh({ atMs: 160, beganMs: 125, revision: 'second' }),
  read('second', { atMs: 170, how: 'no-cache', answer: { from: 'store' } }),
  read('second', { atMs: 175, table: 'replies', how: 'version', named: 2_000 }),
  read('first', { atMs: 180, table: 'replies', how: 'version', named: 1_000 }),
  transaction('703', 200, 'committed'),
  read('second', { atMs: 210, process: 'reader 2' }),
  refresh({ atMs: 240, beganMs: 150, outcome: 'failed', code: 'cache_unavailable' }),
  pointer('third', 250, 'second'),
  refresh({ atMs: 260, beganMs: 210, outcome: 'coalesced', revision: 'third' }),
  read('third', {
    ...{ atMs: 300, how: 'transaction', transaction: { epoch: 1, xid: '703' }, answer: { from: 'store' } },
  }),
  read('second', {
    ...{ atMs: 310, process: 'reader 2' },
    answer: { stale: true, ageMs: 104, askedMs: 206, answeredMs: 209 },
  }),
  refusal('transaction_not_included', {
    ...{ process: 'reader 2', how: 'transaction', transaction: { epoch: 1, xid: '999' } },
    ...{ beganMs: 320, atMs: 330 },
  }),
  sweep({ atMs: 420 }),
  read('third', { atMs: 450, last: true, how: 'no-cache' }),
  read('third', { atMs: 450, last: true, how: 'no-cache', process: 'reader 2' }),
  effect(0, '0', 'topics', 1, 100),
  effect(0, '0', 'topics', 2, 100),
  effect(0, '0', 'replies', 1, 100),
  effect(1, '701', 'topics', 1, 90),
  effect(2, '701', 'replies', 1, 110),
  effect(3, '702', 'topics', 1, 1_000),
  effect(5, '703', 'topics', 3, 10),
  effect(4, '703', 'replies', 1, 100),
  end,
];
