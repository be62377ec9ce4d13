import * as z from 'zod';

/** A time of this machine's monotonic clock, in ms, which all processes share. */
const Ms = z.number();
const TransactionId = z.string().regex(/^\d+$/);
const TableName = z.enum(['topics', 'replies']);
/** The number of the database's epoch, from 1. Each crash begins a new one, because transaction ids are assigned again. */
const Epoch = z.int();

/** The parameters of the run. */
const Begin = z.object({
  kind: z.literal('begin'),
  atMs: Ms,
  seed: z.int(),
  /** The sum of all amounts in both tables, which no transaction changes. */
  total: z.int(),
  freshForMs: z.number(),
  /** Undefined if the sweepers' clocks are wrong. */
  historyForMs: z.optional(z.number()),
});

/** The database has recovered from a crash. Its surviving rows follow as effects of the transaction 0. */
const Restart = z.object({ kind: z.literal('restart'), beganMs: Ms, atMs: Ms, epoch: Epoch });

/** A writer's ended transaction; `unknown`: the database crashed during the commit. */
const Transaction = z.object({
  kind: z.literal('transaction'),
  beganMs: Ms,
  atMs: Ms,
  epoch: Epoch,
  xid: TransactionId,
  outcome: z.enum(['committed', 'rolled back', 'unknown']),
});

/** A transaction's effect on a row, from an audit table in PostgreSQL. `row` is null for a deletion. */
const Effect = z.object({
  kind: z.literal('effect'),
  epoch: Epoch,
  /** Of two effects on the same row, the later one has the higher number. */
  seq: z.int(),
  xid: TransactionId,
  table: TableName,
  id: z.int(),
  row: z.nullable(z.object({ title: z.string(), comment: z.string(), dt: z.string() })),
});

/** A finished call of the refresher; a killed process writes none. */
const Refresh = z.object({
  kind: z.literal('refresh'),
  process: z.string(),
  beganMs: Ms,
  atMs: Ms,
  call: z.enum(['event', 'caller', 'schedule']),
  xids: z.array(TransactionId),
  outcome: z.enum(['published', 'unchanged', 'coalesced', 'recorded', 'idle', 'failed']),
  /** The revision of the answered pointer. */
  revision: z.optional(z.string()),
  /** The forms of the tables that it read or found, without those left out. */
  forms: z.optional(z.array(z.string())),
  /** The code of a failure. */
  code: z.optional(z.string()),
});

const Entry = z.object({
  table: TableName,
  form: z.string(),
  generation: z.int(),
  changed: z.int(),
  etag: z.string(),
  snapshot: z.string(),
  request: z.string(),
});
export type Entry = z.output<typeof Entry>;

/** A pointer that DynamoDB accepted, recorded by the proxy. */
export const PointerWritten = z.object({
  kind: z.literal('pointer'),
  beganMs: Ms,
  atMs: Ms,
  revision: z.string(),
  /** The revision that it replaced; null: there was no pointer. */
  over: z.nullable(z.string()),
  generation: z.int(),
  oldest: z.int(),
  sweep: z.int(),
  pin: z.nullable(z.int()),
  entries: z.array(Entry),
});

/** A request to a reader, and its answer. */
const Read = z.object({
  kind: z.literal('read'),
  process: z.string(),
  beganMs: Ms,
  atMs: Ms,
  table: TableName,
  /** The table's form in the reader's release. */
  form: z.string(),
  how: z.enum(['plain', 'no-cache', 'transaction', 'version']),
  /** The transaction in the request. */
  transaction: z.optional(z.object({ epoch: Epoch, xid: TransactionId })),
  /** The version in the request. */
  named: z.optional(z.int()),
  /** Whether the request was sent after the writers had ended. */
  last: z.optional(z.boolean()),
  /** The error code instead of an answer. */
  code: z.optional(z.string()),
  answer: z.optional(
    z.object({
      /** The list's Snapshot-Version. */
      version: z.int(),
      /** The facts of the list's entry. */
      form: z.string(),
      generation: z.int(),
      snapshot: z.string(),
      etag: z.string(),
      /** The ETag computed from the served bytes. */
      hash: z.string(),
      /** The sum of the amounts in the bytes. */
      sum: z.number(),
      ageMs: z.number(),
      stale: z.boolean(),
      pinned: z.boolean(),
      /** Whether the list bypassed the shared stores. */
      local: z.boolean(),
      from: z.enum(['memory', 'store', 'database']),
      /** The time at which the last answered read of the pointer was sent, measured outside the reader. */
      askedMs: Ms,
      /** The time of its answer. */
      answeredMs: Ms,
    }),
  ),
});

/** A call of the sweep. */
const Sweep = z.object({
  kind: z.literal('sweep'),
  process: z.string(),
  beganMs: Ms,
  atMs: Ms,
  outcome: z.enum(['done', 'unfinished', 'broken', 'failed']),
  deletedBlobs: z.optional(z.int()),
  deletedGenerations: z.optional(z.int()),
  code: z.optional(z.string()),
});

/** A container found a blob of the current generation missing or corrupt, with two reads. */
const Broken = z.object({ kind: z.literal('broken'), process: z.string(), atMs: Ms, cause: z.string() });

const Mishap = z.object({
  kind: z.literal('mishap'),
  atMs: Ms,
  what: z.enum([
    ...(['killed', 'frozen', 'thawed', 'cache outage', 'database crash'] as const),
    ...(['pinned', 'unpinned', 'forgotten', 'refresh item deleted', 'refused'] as const),
  ]),
  process: z.optional(z.string()),
});

/** The state after the run: the tables, the open requests, and the blobs that two sweeps left. */
const End = z.object({
  kind: z.literal('end'),
  atMs: Ms,
  /** The ETags by form. */
  tableHashes: z.record(z.string(), z.string()),
  requested: z.int(),
  served: z.int(),
  pending: z.array(z.string()),
  /** Blobs that are stored and that no kept generation names. */
  garbage: z.array(z.string()),
  /** Blobs that a kept generation names and that are not stored. */
  missing: z.array(z.string()),
  events: z.int(),
  /** The number of statements of the Data API. */
  statements: z.int(),
  faults: z.record(z.string(), z.int()),
});

export const Line = z.discriminatedUnion('kind', [
  Begin,
  Restart,
  Transaction,
  Effect,
  Refresh,
  PointerWritten,
  Read,
  Sweep,
  Broken,
  Mishap,
  End,
]);
export type Line = z.output<typeof Line>;
export type LineOf<Kind extends Line['kind']> = Extract<Line, { kind: Kind }>;

export function linesOf<Kind extends Line['kind']>(lines: readonly Line[], kind: Kind): LineOf<Kind>[] {
  return lines.filter((line): line is LineOf<Kind> => line.kind === kind);
}
