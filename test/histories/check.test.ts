import { describe, expect, test } from '@jest/globals';
import { check } from './check.ts';
import {
  contents,
  effect,
  end,
  goodHistory,
  head,
  moments,
  read,
  refresh,
  transaction,
} from './good-history.ts';
import type { Line } from './line.ts';

const rulesBroken = (lines: readonly Line[]) => new Set(check(lines).map(({ rule }) => rule));

/** The good history with something in it that must not be. */
const withLine = (...lines: Line[]) => [...goodHistory.slice(0, -1), ...lines, end];
const withEnd = (changed: Partial<typeof end>): Line[] => [
  ...goodHistory.slice(0, -1),
  { ...end, ...changed },
];

test('a history in which every promise is kept breaks no rule', () => {
  expect(check(goodHistory)).toEqual([]);
});

describe('each rule can be broken:', () => {
  const untorn = 'untorn: content is what its transactions explain';
  const notLess = 'honest age: it is not less than the time since the question';
  const shown = 'read your write: a refresh shows what was committed before it';
  const served = 'never fatal: a reader that holds anything serves it';
  const published = 'no change lost: each finished transaction is published';
  const alone = 'a refresh fails for what is down alone';

  test.each<[string, string, readonly Line[]]>([
    [
      'a read of two moments, with the right sum',
      untorn,
      withLine(read('third', { atMs: 460, answer: { hash: contents.torn, etag: contents.torn } })),
    ],
    [
      'bytes that are not those of the ETag',
      untorn,
      withLine(read('third', { atMs: 460, answer: { hash: contents.torn } })),
    ],
    [
      'an ETag that is not that of the bytes',
      untorn,
      withLine(read('third', { atMs: 460, answer: { etag: contents.second } })),
    ],
    [
      'a refresh that answers a content of another moment',
      untorn,
      withLine(refresh({ atMs: 460, head: { ...moments.third, etag: contents.second } })),
    ],
    [
      'a head with a content of another moment',
      untorn,
      goodHistory.with(7, { ...head('second', 150, 'first'), etag: contents.first }),
    ],
    [
      'a version later than another that shows less',
      untorn,
      goodHistory.with(13, { ...head('third', 250, 'second'), snapshot: '704:704:701' }),
    ],
    [
      'a sum that no moment has',
      'untorn: the sum over all rows is the same at any moment',
      withLine(read('third', { atMs: 460, answer: { sum: 201 } })),
    ],
    [
      'an effect of a transaction that was rolled back',
      'the audit itself: what was rolled back has no effect',
      withLine(effect(9, '702', 1, 100)),
    ],
    [
      'a head over one that was replaced before',
      'monotone: a head replaces the one before it',
      goodHistory.with(13, head('third', 250, 'first')),
    ],
    [
      'a head that is older than the one it replaces',
      'monotone: a head replaces the one before it',
      withLine(head('first', 460, 'third')),
    ],
    [
      'a reader that goes back',
      'monotone: a reader never goes back',
      withLine(read('second', { atMs: 460 })),
    ],
    [
      'a refresh without a transaction that came after its snapshot',
      shown,
      withLine(refresh({ atMs: 240, beganMs: 201, head: moments.second })),
    ],
    [
      'a refresh without a transaction that ran in its snapshot',
      shown,
      withLine(refresh({ atMs: 240, beganMs: 101, head: { ...moments.second, snapshot: '701:703:701' } })),
    ],
    [
      'a refresh that another is said to have served, too early',
      shown,
      withLine(refresh({ atMs: 249, beganMs: 201, outcome: 'coalesced' })),
    ],
    [
      'a refresh that is said to be served before anything was published',
      'a refresh that is served has a head',
      withLine(refresh({ atMs: 49, outcome: 'coalesced' })),
    ],
    [
      'a no-cache read that is older than what was published',
      'read your write: no-cache is not older than what was published before it',
      withLine(read('second', { process: 'reader 3', atMs: 460, how: 'no-cache' })),
    ],
    [
      'an answer without the transaction that was named',
      'a transaction that a request names is in the answer',
      withLine(read('second', { process: 'reader 3', atMs: 249, how: 'transaction', xid: '703' })),
    ],
    [
      'an age that is too young',
      notLess,
      withLine(read('third', { atMs: 480, answer: { ageMs: 4, askedMs: 460 } })),
    ],
    [
      'an age that is of no question',
      'honest age: it counts from the last question that was answered',
      withLine(read('third', { atMs: 480, answer: { ageMs: 300, askedMs: 476 } })),
    ],
    [
      'a snapshot that is older than its age',
      'honest age: nothing is older than its age says',
      withLine(read('second', { process: 'reader 3', atMs: 460 })),
    ],
    [
      'memory that is fresh for too long',
      'bounded staleness: memory is fresh for so long and no longer',
      withLine(read('third', { atMs: 495, answer: { ageMs: 42, askedMs: 453, answeredMs: 455 } })),
    ],
    [
      'a refresh that fails, and nothing is down',
      alone,
      withLine(refresh({ atMs: 460, outcome: 'failed', code: 'epoch_outdated' })),
    ],
    [
      'a reader that holds a snapshot, and fails',
      served,
      withLine({
        kind: 'read',
        process: 'reader 1',
        how: 'plain',
        beganMs: 460,
        atMs: 461,
        code: 'cache_unavailable',
      }),
    ],
    [
      'a reader that fails for no reason that it may have',
      served,
      withLine({
        kind: 'read',
        process: 'reader 3',
        how: 'plain',
        beganMs: 460,
        atMs: 461,
        code: 'internal_error',
      }),
    ],
    [
      'a refusal for a transaction that nobody named',
      served,
      withLine({
        kind: 'read',
        process: 'reader 1',
        how: 'plain',
        beganMs: 460,
        atMs: 461,
        code: 'transaction_not_included',
      }),
    ],
    [
      'a table that is not what is published',
      'convergence: what is published is the table',
      withEnd({ tableHash: contents.second }),
    ],
    ['a request that nobody serves', 'no change lost: nothing stays open', withEnd({ served: 3 })],
    ['a transaction that stays pending', 'no change lost: nothing stays open', withEnd({ pending: ['703'] })],
    ['a commit that is never published', published, withLine(transaction('704', 400, 'committed'))],
    [
      'a last read that is not the table',
      'convergence: each reader serves the table',
      withLine(read('second', { process: 'reader 3', atMs: 460, last: true, answer: { stale: true } })),
    ],
    [
      'a reader that is not heard of in the end',
      'convergence: each reader is asked once more',
      withLine(read('third', { process: 'reader 3', atMs: 460 })),
    ],
    ['no end', 'convergence: the run came to an end, with something published', goodHistory.slice(0, -1)],
  ])('%s', (_, rule, lines) => {
    expect(rulesBroken(lines)).toContain(rule);
  });
});

test('a reader that holds nothing may be refused', () => {
  const refused = { kind: 'read', process: 'reader 2', how: 'plain', beganMs: 1, atMs: 2 } as const;
  expect(check([{ ...refused, code: 'cache_unavailable' }, ...goodHistory])).toEqual([]);
});
