import { describe, expect, test } from '@jest/globals';
import { check } from './check.ts';
import {
  contents,
  effect,
  end,
  entry,
  forms,
  goodHistory,
  pointer,
  read,
  refresh,
  refusal,
  sweep,
  transaction,
} from './good-history.ts';
import type { Line } from './line.ts';

const rulesBroken = (lines: readonly Line[]) => new Set(check(lines).map(({ rule }) => rule));

/** The good history with a violation. */
const withLine = (...lines: Line[]) => [...goodHistory.slice(0, -1), ...lines, end];
const withEnd = (changed: Partial<typeof end>): Line[] => [
  ...goodHistory.slice(0, -1),
  { ...end, ...changed },
];
/** The good history with the pointer of this revision replaced. */
const withPointer = (revision: string, changed: ReturnType<typeof pointer>) =>
  goodHistory.map((line) => (line.kind === 'pointer' && line.revision === revision ? changed : line));
const atEnd = { atMs: 460, beganMs: 455 };
/** A generation that was never published. */
const nowhere = { generation: 2_500, version: 2_500 };

test('a history in which every promise is kept breaks no rule', () => {
  expect(check(goodHistory)).toEqual([]);
});

describe('each rule can be broken:', () => {
  const untorn = 'untorn: content is what its transactions explain';
  const oneMoment = 'untorn: lists of two tables with one version are of one moment';
  const goesOn = 'monotone: generation, history and sweep only go on';
  const replaces = 'monotone: a pointer replaces the one before it';
  const notLess = 'honest age: it is not less than the time since the question';
  const shown = 'read your write: a refresh shows what was committed before it';
  const served = 'never fatal: a reader that holds anything serves it';
  const published = 'no change lost: each finished transaction is published';
  const alone = 'a refresh or a sweep fails for what is down alone';
  const canBeNamed = 'history: a generation that is kept can be named';
  const pinned = 'pin: every container follows an operator';

  test.each<[string, string, readonly Line[]]>([
    [
      'content of two moments, with the right sum',
      untorn,
      withPointer('third', {
        ...pointer('third', 250, 'second'),
        entries: [entry('third', 'topics', { etag: contents.torn }), entry('third', 'replies')],
      }),
    ],
    [
      'a table of an older moment than its snapshot',
      untorn,
      withPointer('third', {
        ...pointer('third', 250, 'second'),
        entries: [entry('third', 'topics', { etag: contents.second }), entry('third', 'replies')],
      }),
    ],
    [
      'a moment that shows less than the one before it',
      untorn,
      withPointer(
        'third',
        pointer('third', 250, 'second', {
          entries: [entry('third', 'topics', { snapshot: '703:704:703' }), entry('third', 'replies')],
        }),
      ),
    ],
    [
      'bytes that are not those of the ETag',
      'untorn: the ETag is that of the bytes',
      withLine(read('third', { ...atEnd, answer: { hash: contents.torn } })),
    ],
    [
      'an answer that nobody has published',
      'untorn: a reader answers what was published',
      withLine(read('third', { ...atEnd, answer: nowhere })),
    ],
    [
      'rows of two moments that a container has read itself',
      'untorn: what a container reads itself is what its transactions explain',
      withLine(
        read('third', { ...atEnd, answer: { local: true, hash: contents.torn, etag: contents.torn } }),
      ),
    ],
    [
      'two tables of two moments with one version',
      oneMoment,
      withLine(read('third', { ...atEnd, table: 'replies', answer: { sum: 110 } })),
    ],
    [
      'two contents of one version',
      'untorn: lists of a table with one version have one sum',
      withLine(read('third', { ...atEnd, answer: { sum: 201 } })),
    ],
    [
      'two contents of one generation',
      'untorn: a generation of a table has one content',
      withPointer(
        'third',
        pointer('third', 250, 'second', {
          entries: [entry('third', 'topics', { generation: 2_000 }), entry('third', 'replies')],
        }),
      ),
    ],
    [
      'a list of another release',
      'only the deployed form: a list is of its own release',
      withLine(read('third', { ...atEnd, form: forms.nextTopics })),
    ],
    [
      'a pointer over one that was replaced before',
      replaces,
      withPointer('third', pointer('third', 250, 'first')),
    ],
    ['a pointer that takes no notice of another', replaces, withLine(pointer('first', 460, null))],
    [
      'a generation that is lower than the one before it',
      goesOn,
      withPointer('third', pointer('third', 250, 'second', { generation: 1_500 })),
    ],
    [
      'a sweep that begins again',
      goesOn,
      withLine(
        pointer('third', 455, 'third', { sweep: 1, revision: 'swept' }),
        pointer('third', 460, null, { over: 'swept', revision: 'reset' }),
      ),
    ],
    [
      'another content in the same generation',
      'monotone: content changes with the generation alone',
      withPointer('third', pointer('third', 250, 'second', { generation: 2_000 })),
    ],
    [
      'the same content, said to be a change',
      'unneeded work is free: the same content keeps its change',
      withLine(
        pointer('third', 460, 'third', {
          revision: 'again',
          entries: [entry('third', 'topics', { changed: 2_500 }), entry('third', 'replies')],
        }),
      ),
    ],
    ['a reader that goes back', 'monotone: a reader never goes back', withLine(read('second', atEnd))],
    [
      'a refresh without a transaction that came after its snapshot',
      shown,
      withLine(refresh({ atMs: 240, beganMs: 201, revision: 'second' })),
    ],
    [
      'a refresh without a transaction that ran in its snapshot',
      shown,
      [
        ...withPointer(
          'second',
          pointer('second', 150, 'first', {
            entries: [
              entry('second', 'topics', { snapshot: '701:703:701', etag: contents.first }),
              entry('second', 'replies'),
            ],
          }),
        ),
      ],
    ],
    [
      'a refresh of before a crash, for what was committed after it',
      shown,
      withLine(
        { kind: 'restart', beganMs: 440, atMs: 450, epoch: 2 },
        transaction('704', 452, 'committed', 2),
        refresh({ atMs: 460, beganMs: 455, revision: 'third' }),
      ),
    ],
    [
      'a refresh that answers what was never stored',
      'a refresh answers a pointer that was stored',
      withLine(refresh({ atMs: 460, revision: 'lost' })),
    ],
    [
      'a no-cache read that is older than what was published',
      'read your write: no-cache is not older than what was published before it',
      withLine(read('second', { ...atEnd, process: 'reader 3', how: 'no-cache' })),
    ],
    [
      'an answer without the transaction that was named',
      'a transaction that a request names is in the answer',
      withLine(
        read('second', {
          ...{ process: 'reader 3', atMs: 249, how: 'transaction' },
          transaction: { epoch: 1, xid: '703' },
        }),
      ),
    ],
    [
      'an age that is too young',
      notLess,
      withLine(read('third', { atMs: 480, answer: { ageMs: 4, askedMs: 460 } })),
    ],
    [
      'an age that is of no question',
      'honest age: it counts from the last question that was answered',
      withLine(read('third', { atMs: 480, answer: { ageMs: 3_000, askedMs: 476 } })),
    ],
    [
      'a list that is older than its age',
      'honest age: nothing is older than its age says',
      withLine(read('second', { ...atEnd, process: 'reader 3' })),
    ],
    [
      'memory that is fresh for too long',
      'bounded staleness: memory is fresh for so long and no longer',
      withLine(read('third', { atMs: 495, answer: { ageMs: 42, askedMs: 453, answeredMs: 455 } })),
    ],
    [
      'a reader that answers what an operator has not pinned',
      pinned,
      withLine(
        pointer('third', 400, 'third', { pin: 2_000, revision: 'pinned' }),
        read('third', { atMs: 480 }),
      ),
    ],
    [
      'a reader that says pinned, and nothing is',
      pinned,
      withLine(read('third', { ...atEnd, answer: { pinned: true } })),
    ],
    [
      'a reader that answers another generation than the pinned one',
      'pin: what is answered is the pinned generation',
      withLine(
        pointer('third', 400, 'third', { pin: 2_000, revision: 'pinned' }),
        read('third', { atMs: 480, answer: { pinned: true } }),
      ),
    ],
    [
      'a generation that is refused though it is kept',
      canBeNamed,
      withLine(refusal('version_gone', { how: 'version', named: 2_000 })),
    ],
    [
      'a generation that is unknown though it was seen',
      'history: a generation that was seen is known',
      withLine(refusal('version_unknown', { how: 'version', named: 2_000 })),
    ],
    [
      'a generation that was forgotten, and is answered',
      'forgettable: what history does not keep cannot be named',
      withLine(
        pointer('third', 400, 'third', { oldest: 3_000, revision: 'forgotten' }),
        read('second', { atMs: 480, how: 'version', named: 2_000 }),
      ),
    ],
    [
      'another generation than the one that was named',
      'history: a named version is answered as it was',
      withLine(read('third', { ...atEnd, how: 'version', named: 2_000 })),
    ],
    [
      'a sweep that takes what history has to keep',
      'history: a sweep keeps what was current within its time',
      withLine(pointer('third', 440, 'third', { sweep: 1, oldest: 3_000, revision: 'swept' })),
    ],
    [
      'a blob that is missing',
      'nothing that is named is deleted: no container misses a blob',
      withLine({ kind: 'broken', process: 'reader 1', atMs: 460, cause: 'missing' }),
    ],
    [
      'a sweep that finds a manifest missing',
      'nothing that is named is deleted: a sweep can read every manifest',
      withLine(sweep({ atMs: 460, outcome: 'broken' })),
    ],
    [
      'a refresh that fails, and nothing is down',
      alone,
      withLine(refresh({ atMs: 460, outcome: 'failed', code: 'statement_failed' })),
    ],
    [
      'a sweep that fails, and nothing is down',
      alone,
      withLine(sweep({ atMs: 460, outcome: 'failed', code: 'uncoded: RangeError' })),
    ],
    ['a reader that holds a list, and fails', served, withLine(refusal('cache_unavailable'))],
    [
      'a reader that fails for no reason that it may have',
      served,
      withLine(refusal('internal_error', { process: 'reader 3' })),
    ],
    [
      'a refusal for a transaction that nobody named',
      served,
      withLine(refusal('transaction_not_included', { how: 'plain' })),
    ],
    [
      'a table that is not what is published',
      'convergence: what is published is the table',
      withEnd({ tableHashes: { ...end.tableHashes, [forms.replies]: contents.second } }),
    ],
    ['a request that nobody serves', 'no change lost: nothing stays open', withEnd({ served: 3 })],
    ['a transaction that stays pending', 'no change lost: nothing stays open', withEnd({ pending: ['703'] })],
    ['a commit that is never published', published, withLine(transaction('704', 400, 'committed'))],
    ['a blob that nobody names', 'no garbage after two sweeps', withEnd({ garbage: ['a'] })],
    [
      'a name for a blob that is not stored',
      'nothing that is named is deleted: it is stored',
      withEnd({ missing: ['a'] }),
    ],
    [
      'a last read that is not the table',
      'convergence: each reader serves the table',
      withLine(read('second', { ...atEnd, process: 'reader 3', last: true, answer: { stale: true } })),
    ],
    [
      'a reader that is not heard of in the end',
      'convergence: each reader is asked once more',
      withLine(read('third', { ...atEnd, process: 'reader 3' })),
    ],
    ['no end', 'convergence: the run came to an end, with something published', goodHistory.slice(0, -1)],
  ])('%s', (_, rule, lines) => {
    expect(rulesBroken(lines)).toContain(rule);
  });
});

test('a reader that holds nothing may be refused', () => {
  const refused = refusal('cache_unavailable', { process: 'reader 2', beganMs: 1, atMs: 2 });
  expect(check([refused, ...goodHistory])).toEqual([]);
});

test('of two reads that overlap, one that ends later may be answered with the older list', () => {
  const overlapping = read('second', { beganMs: 290, atMs: 305, answer: { ageMs: 10, from: 'store' } });
  expect([...rulesBroken(withLine(overlapping))]).not.toContain('monotone: a reader never goes back');
  expect(rulesBroken(withLine({ ...overlapping, beganMs: 301 }))).toContain(
    'monotone: a reader never goes back',
  );
});

test('a generation that was forgotten is answered from memory while the store is down', () => {
  const forgotten = pointer('third', 400, 'third', { oldest: 3_000, revision: 'forgotten' });
  const named = { how: 'version', named: 2_000, beganMs: 480, atMs: 481 } as const;
  const rule = 'forgettable: what history does not keep cannot be named';
  const stale = { stale: true, ageMs: 90, askedMs: 390, answeredMs: 391 };
  expect([...rulesBroken(withLine(forgotten, read('second', { ...named, answer: stale })))]).not.toContain(
    rule,
  );
  const younger = { ...stale, ageMs: 70, askedMs: 410, answeredMs: 411 };
  expect(rulesBroken(withLine(forgotten, read('second', { ...named, answer: younger })))).toContain(rule);
});

test('a transaction is refused for a pin that is in memory alone, while the store is down', () => {
  const stale = { stale: true, pinned: true, ageMs: 75, askedMs: 405, answeredMs: 406 };
  const refused = refusal('pinned', {
    ...{ how: 'transaction', transaction: { epoch: 1, xid: '703' }, beganMs: 485, atMs: 486 },
  });
  const pins = [
    pointer('third', 400, 'third', { pin: 3_000, revision: 'pinned' }),
    pointer('third', 410, 'third', { over: 'pinned', revision: 'unpinned' }),
  ];
  const served = read('third', { beganMs: 480, atMs: 481, answer: stale });
  expect(rulesBroken(withLine(...pins, refused))).toContain(
    'never fatal: a reader that holds anything serves it',
  );
  expect([...rulesBroken(withLine(...pins, served, refused))]).not.toContain(
    'never fatal: a reader that holds anything serves it',
  );
});

describe('after a crash of the database', () => {
  const { entries } = pointer('third', 400, 'third');
  const kept = [
    effect(0, '0', 'topics', 1, 90, 2),
    effect(0, '0', 'topics', 2, 100, 2),
    effect(0, '0', 'replies', 1, 110, 2),
  ];
  const ids = { snapshot: '703:703:' };
  const crashed = (...lines: Line[]) => [
    ...goodHistory.filter((line) => !('last' in line)).slice(0, -1),
    { kind: 'restart', beganMs: 380, atMs: 390, epoch: 2 } as const,
    ...kept,
    ...lines,
  ];
  /** A commit that the crash lost is no longer in the tables. */
  const [topics, replies] = [entry('second', 'topics'), entry('second', 'replies')];
  const back = pointer('third', 400, 'third', {
    revision: 'back',
    generation: 4_000,
    entries: [
      { ...topics, ...ids, generation: 4_000, changed: 4_000 },
      { ...replies, ...ids, generation: 4_000, changed: 4_000 },
    ],
  });

  test('removes from the lists what it took back, without a violation', () => {
    const broken = rulesBroken(crashed(back));
    expect([...broken].filter((rule) => /^(untorn|monotone|read your)/.test(rule))).toEqual([]);
  });

  test('what it took back must not be published again', () => {
    const again = {
      ...back,
      entries: entries.map((one) => ({ ...one, ...ids, generation: 4_000, changed: 4_000 })),
    };
    expect(rulesBroken(crashed(again))).toContain('untorn: content is what its transactions explain');
  });

  test('a transaction that was being committed may be shown, and may not', () => {
    const unknown = goodHistory.map((line) =>
      line.kind === 'transaction' && line.xid === '703' ? { ...line, outcome: 'unknown' as const } : line,
    );
    expect(check(unknown)).toEqual([]);
    const without = pointer('third', 250, 'second', {
      entries: [
        entry('third', 'topics', { etag: contents.second }),
        entry('third', 'replies', { etag: entry('second', 'replies').etag }),
      ],
    });
    const isUntorn = [
      ...rulesBroken(
        unknown.map((line) =>
          line === unknown.find((one) => one.kind === 'pointer' && one.revision === 'third') ? without : line,
        ),
      ),
    ];
    expect(isUntorn).not.toContain('untorn: content is what its transactions explain');
  });
});
