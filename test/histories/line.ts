import * as z from 'zod';

/** A moment on this machine's monotonic clock, in ms: the same clock for every process, whatever its wall clock says. */
const Ms = z.number();
const TransactionId = z.string().regex(/^\d+$/);
const TableName = z.enum(['topics', 'replies']);
/** From 1; another one after each crash of the database, which gives ids of transactions again. */
const Epoch = z.int();

/** What the run was, for whoever reads its history later. */
const Begin = z.object({
  kind: z.literal('begin'),
  atMs: Ms,
  seed: z.int(),
  /** The sum of all rows' amounts, over both tables, at any moment: no transaction changes it. */
  total: z.int(),
  freshForMs: z.number(),
  /** Undefined where the sweepers' clocks are wrong. */
  historyForMs: z.optional(z.number()),
});

/** The database has crashed, and answers again. What it has kept comes as effects of the transaction 0. */
const Restart = z.object({ kind: z.literal('restart'), beganMs: Ms, atMs: Ms, epoch: Epoch });

/** A writer's transaction, once it has ended; `unknown`: the database crashed while it was being committed. */
const Transaction = z.object({
  kind: z.literal('transaction'),
  beganMs: Ms,
  atMs: Ms,
  epoch: Epoch,
  xid: TransactionId,
  outcome: z.enum(['committed', 'rolled back', 'unknown']),
});

/** What a transaction did to a row, from an audit that PostgreSQL kept itself. `row` is null where it was deleted. */
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

/** A call of the refresher. A process that was killed leaves none. */
const Refresh = z.object({
  kind: z.literal('refresh'),
  process: z.string(),
  beganMs: Ms,
  atMs: Ms,
  call: z.enum(['event', 'caller', 'schedule']),
  xids: z.array(TransactionId),
  outcome: z.enum(['published', 'unchanged', 'coalesced', 'recorded', 'idle', 'failed']),
  /** Of the pointer that it answers. */
  revision: z.optional(z.string()),
  /** The forms that it has read, or found, of the tables that it did not leave out. */
  forms: z.optional(z.array(z.string())),
  /** Of a failure. */
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

/** A pointer that DynamoDB accepted, as seen on the wire. */
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
  /** Of the table as the reader's release defines it. */
  form: z.string(),
  how: z.enum(['plain', 'no-cache', 'transaction', 'version']),
  /** The transaction that was named. */
  transaction: z.optional(z.object({ epoch: Epoch, xid: TransactionId })),
  /** The version that was named. */
  named: z.optional(z.int()),
  /** Whether the reader was asked once more after everything was quiet. */
  last: z.optional(z.boolean()),
  /** Instead of an answer. */
  code: z.optional(z.string()),
  answer: z.optional(
    z.object({
      /** What the list carries. */
      version: z.int(),
      /** Of the entry that it is made of. */
      form: z.string(),
      generation: z.int(),
      snapshot: z.string(),
      etag: z.string(),
      /** Of the bytes that were served. */
      hash: z.string(),
      /** Of the amounts in them. */
      sum: z.number(),
      ageMs: z.number(),
      stale: z.boolean(),
      pinned: z.boolean(),
      /** From the reader's own stores, past the shared ones. */
      local: z.boolean(),
      from: z.enum(['memory', 'store', 'database']),
      /** When the last question was put that was answered, as seen beside the reader. */
      askedMs: Ms,
      /** When that answer came. */
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

/** A container has found a blob of the current generation missing or corrupt, by two questions. */
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

/** When all was quiet: the tables, what is left to do, and what two sweeps have left. */
const End = z.object({
  kind: z.literal('end'),
  atMs: Ms,
  /** By form. */
  tableHashes: z.record(z.string(), z.string()),
  requested: z.int(),
  served: z.int(),
  pending: z.array(z.string()),
  /** Blobs that are stored and that no kept generation names. */
  garbage: z.array(z.string()),
  /** Blobs that a kept generation names and that are not stored. */
  missing: z.array(z.string()),
  events: z.int(),
  /** That the Data API was asked to execute. */
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
