import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Table } from '../../lib/tables/table.ts';
import { rowBytes } from '../fakes/row-bytes.ts';
import { type Line, type LineOf, linesOf } from './line.ts';

/** Parses a `pg_snapshot` independently of the code under test. */
export function readSnapshot(text: string) {
  const [xmin, xmax, running = ''] = text.split(':');
  const unfinished = new Set(running === '' ? [] : running.split(',').map(Number));
  return {
    xmin: Number(xmin),
    xmax: Number(xmax),
    unfinished,
    shows: (xid: number | string) => Number(xid) < Number(xmax) && !unfinished.has(Number(xid)),
  };
}

/** Whether a moment includes every transaction of another moment, without a crash between them. */
export function isNotBefore(text: string, other: string): boolean {
  const [a, b] = [readSnapshot(text), readSnapshot(other)];
  return a.xmax >= b.xmax && [...a.unfinished].every((xid) => !b.shows(xid));
}

/** The texts of a row's columns, except the key. */
type Row = Readonly<Record<string, string>>;

/** The expected ETag of a table with these rows, computed in the simplest way. */
export function contentHash(table: Table, rows: Iterable<readonly [id: number, row: Row]>): string {
  const texts = (id: number, row: Row) =>
    table.columns.map(({ name }) =>
      name === 'id' ? String(id) : name === 'dt' ? inPostgres(row[name] ?? '') : (row[name] ?? ''),
    );
  const hashes = [...rows]
    .sort(([a], [b]) => a - b)
    .map(([id, row]) => sha256(rowBytes(texts(id, row))).digest());
  return sha256(`${table.form} ${sha256(Buffer.concat(hashes)).digest('base64url')}`).digest('base64url');
}

const Answer = z.record(z.string(), z.array(z.looseObject({ id: z.int(), title: z.string() })));
const Row = z.record(z.string(), z.string());

/** The ETag of an answer whose bytes are exactly those of its rows, and the sum of its amounts. */
export function answerFigures(table: Table, body: Buffer): { hash: string; sum: number } {
  const list: unknown = JSON.parse(body.toString());
  const records = Answer.parse(list)[table.name] ?? [];
  const sum = records.reduce((all, { title }) => all + Number(title), 0);
  if (JSON.stringify(list) !== body.toString()) return { hash: 'none: not the JSON of its rows', sum };
  return {
    hash: contentHash(
      table,
      records.map(({ id, ...row }) => [id, Row.parse(row)] as const),
    ),
    sum,
  };
}

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes);

/** A time in PostgreSQL's text form: in UTC, without trailing zeros of the fraction. */
const inPostgres = (dt: string) =>
  dt
    .replace('+00:00', '')
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');

interface Ended {
  xid: number;
  isUnknown: boolean;
  effects: readonly LineOf<'effect'>[];
}

/** The latest effect on each row. */
type State = Map<string, LineOf<'effect'>>;

function apply(state: State, { effects }: Ended) {
  for (const effect of effects) {
    const row = `${effect.table} ${effect.id}`;
    if ((state.get(row)?.seq ?? -1) < effect.seq) state.set(row, effect);
  }
}

const hashOf = (state: State, table: Table) =>
  contentHash(
    table,
    [...state.values()].flatMap(({ table: name, id, row }) =>
      row === null || name !== table.name ? [] : [[id, row] as const],
    ),
  );

/**
 * The rows that the committed transactions explain at a moment. Query moments in their order: each transaction is then applied
 * once.
 */
export function createTruth(lines: readonly Line[]) {
  const outcomes = new Map(
    linesOf(lines, 'transaction').map(({ epoch, xid, outcome }) => [`${epoch} ${xid}`, outcome]),
  );
  const epochs = new Map(
    [...Map.groupBy(linesOf(lines, 'effect'), ({ epoch }) => epoch)].map(([epoch, effects]) => {
      const ended = [...Map.groupBy(effects, ({ xid }) => xid)].flatMap(([xid, effects]): Ended[] => {
        const outcome = xid === '0' ? 'committed' : (outcomes.get(`${epoch} ${xid}`) ?? 'unknown');
        if (outcome === 'rolled back') return [];
        return [{ xid: Number(xid), isUnknown: outcome === 'unknown', effects }];
      });
      return [epoch, createEpoch(ended.sort((a, b) => a.xid - b.xid))];
    }),
  );
  const known = new Map<string, readonly string[]>();
  return {
    /** Usually one state; with a transaction of unknown outcome, one state per outcome. */
    hashesIn(table: Table, epoch: number, snapshot: string): readonly string[] {
      const name = `${table.form} ${epoch} ${snapshot}`;
      const hashes = known.get(name) ?? epochs.get(epoch)?.(snapshot, table) ?? [];
      known.set(name, hashes);
      return hashes;
    },
  };
}

function createEpoch(ended: readonly Ended[]) {
  const firstUnknown = ended.find(({ isUnknown }) => isUnknown)?.xid ?? Number.POSITIVE_INFINITY;
  let applied: { state: State; count: number } = { state: new Map(), count: 0 };

  return (snapshot: string, table: Table): string[] => {
    const { xmin, shows } = readSnapshot(snapshot);
    const count = lowerBound(ended, ({ xid }) => xid >= Math.min(xmin, firstUnknown));
    if (count < applied.count) applied = { state: new Map(), count: 0 };
    for (const one of ended.slice(applied.count, count)) apply(applied.state, one);
    applied.count = count;
    const others = ended.slice(count).filter(({ xid }) => shows(xid));
    const unknown = others.filter(({ isUnknown }) => isUnknown);
    return Array.from({ length: 2 ** unknown.length }, (_, choice) => {
      const state = new Map(applied.state);
      for (const one of others) {
        const at = unknown.indexOf(one);
        if (at === -1 || (choice >> at) % 2 === 1) apply(state, one);
      }
      return hashOf(state, table);
    });
  };
}

/**
 * Finds a transaction of an epoch that was committed before a time and that a moment (`pg_snapshot`) lacks.
 */
export function createCommitted(transactions: readonly LineOf<'transaction'>[]) {
  const committed = transactions
    .filter(({ outcome }) => outcome === 'committed')
    .sort((a, b) => Number(a.xid) - Number(b.xid));
  const byXid = new Map(committed.map((transaction) => [Number(transaction.xid), transaction]));
  /** At each index, the earliest commit from this index on. */
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

/** The first index at which the condition holds, for it and all later ones. */
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
