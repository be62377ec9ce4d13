import { createHash } from 'node:crypto';
import * as z from 'zod';
import { rowBytes } from '../fakes/row-bytes.ts';
import { topics as table } from '../support/tables/topics.ts';
import type { LineOf } from './line.ts';

/** What a snapshot's text says, read here once more, so that an error in the code under test is not repeated. */
export function readSnapshot(text: string) {
  const [, xmax, running = ''] = text.split(':');
  const unfinished = new Set(running === '' ? [] : running.split(',').map(Number));
  return {
    xmax: Number(xmax),
    unfinished,
    shows: (xid: number | string) => Number(xid) < Number(xmax) && !unfinished.has(Number(xid)),
  };
}

interface Row {
  title: string;
  comment: string;
  dt: string;
}

/** The name of the answer for these rows, made in the simplest way. */
export function contentHash(rows: Iterable<readonly [id: number, row: Row]>): string {
  const hashes = [...rows]
    .sort(([a], [b]) => a - b)
    .map(([id, { title, comment, dt }]) =>
      sha256(rowBytes([String(id), title, comment, inPostgres(dt)])).digest(),
    );
  return sha256(`${table.form} ${sha256(Buffer.concat(hashes)).digest('base64url')}`).digest('base64url');
}

/** The same for an answer, if it is byte for byte as it has to be for its rows. */
export function answerHash(body: Buffer): string {
  const { topics } = Answer.parse(JSON.parse(body.toString()));
  const isAsItHasToBe = JSON.stringify({ topics }) === body.toString();
  return isAsItHasToBe
    ? contentHash(topics.map(({ id, ...row }) => [id, row]))
    : 'none: not the JSON of its rows';
}

const Answer = z.object({
  topics: z.array(z.object({ id: z.int(), title: z.string(), comment: z.string(), dt: z.string() })),
});

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes);

/** A time as PostgreSQL gives it: in UTC, without the zeros that end a fraction. */
const inPostgres = (dt: string) =>
  dt
    .replace('+00:00', '')
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');

/**
 * What the committed transactions explain, for one snapshot after another. Asked in the order of versions, so that each
 * effect is applied once; a snapshot that no longer shows what an earlier version showed has no content at all.
 */
export function createTruth(effects: readonly LineOf<'effect'>[]) {
  const byTransaction = Map.groupBy(effects, ({ xid }) => Number(xid));
  const coming = [...byTransaction.keys()].sort((a, b) => b - a);
  let begun: number[] = [];
  const latest = new Map<number, LineOf<'effect'>>();
  const applied = new Set<number>();
  let lastApplied = 0;

  function apply(xid: number) {
    applied.add(xid);
    lastApplied = Math.max(lastApplied, xid);
    for (const effect of byTransaction.get(xid) ?? [])
      if ((latest.get(effect.id)?.seq ?? -1) < effect.seq) latest.set(effect.id, effect);
  }

  return {
    hashIn(text: string): string {
      const { xmax, unfinished, shows } = readSnapshot(text);
      if (lastApplied >= xmax || [...unfinished].some((xid) => applied.has(xid)))
        return 'none: an earlier version shows more';
      for (let next = coming.at(-1); next !== undefined && next < xmax; next = coming.at(-1)) {
        begun.push(next);
        coming.pop();
      }
      for (const xid of begun) if (shows(xid)) apply(xid);
      begun = begun.filter((xid) => !shows(xid));
      return contentHash(
        [...latest.values()].flatMap(({ id, row }) => (row === null ? [] : [[id, row] as const])),
      );
    },
  };
}

/**
 * Answers which transaction was committed before a moment, and is not in a snapshot: one that was running, or one that
 * came after.
 */
export function createCommitted(transactions: readonly LineOf<'transaction'>[]) {
  const committed = transactions
    .filter(({ outcome }) => outcome === 'committed')
    .sort((a, b) => Number(a.xid) - Number(b.xid));
  const byXid = new Map(committed.map((transaction) => [Number(transaction.xid), transaction]));
  /** At each place, whichever of those from there on was committed first. */
  const firstFrom: LineOf<'transaction'>[] = [];
  for (const [at, one] of [...committed.entries()].reverse()) {
    const later = firstFrom[at + 1];
    firstFrom[at] = later !== undefined && later.atMs < one.atMs ? later : one;
  }

  return {
    missing(snapshot: string, beforeMs: number): LineOf<'transaction'> | undefined {
      const { xmax, unfinished } = readSnapshot(snapshot);
      const from = lowerBound(committed, (one) => Number(one.xid) >= xmax);
      return [firstFrom[from], ...[...unfinished].map((xid) => byXid.get(xid))].find(
        (one) => one !== undefined && one.atMs < beforeMs,
      );
    },
  };
}

/** The first place from which on the condition holds. */
export function lowerBound<T>(sorted: readonly T[], holds: (item: T) => boolean): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const item = sorted[middle];
    if (item === undefined || holds(item)) to = middle;
    else from = middle + 1;
  }
  return from;
}
