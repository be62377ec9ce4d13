import * as z from 'zod';

/** A moment on this machine's monotonic clock, in ms: the same clock for every process, whatever its wall clock says. */
const Ms = z.number();
const TransactionId = z.string().regex(/^\d+$/);
const Version = z.object({ epoch: z.int(), rank: z.int() });

/** What the run was, for whoever reads its history later. */
const Begin = z.object({
  kind: z.literal('begin'),
  atMs: Ms,
  seed: z.int(),
  /** The sum of all rows' amounts at any moment: no transaction changes it. */
  total: z.int(),
  freshForMs: z.number(),
});

/** A writer's transaction, once its end was acknowledged. */
const Transaction = z.object({
  kind: z.literal('transaction'),
  beganMs: Ms,
  atMs: Ms,
  xid: TransactionId,
  outcome: z.enum(['committed', 'rolled back']),
});

/** What a transaction did to a row, from an audit that PostgreSQL kept itself. `row` is null where it was deleted. */
const Effect = z.object({
  kind: z.literal('effect'),
  /** Of two effects on the same row, the later one has the higher number. */
  seq: z.int(),
  xid: TransactionId,
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
  outcome: z.enum(['published', 'unchanged', 'superseded', 'coalesced', 'recorded', 'idle', 'failed']),
  head: z.optional(z.object({ version: Version, snapshot: z.string(), etag: z.string() })),
  /** Of a failure. */
  code: z.optional(z.string()),
});

/** A head that DynamoDB accepted, as seen on the wire. */
const HeadWritten = z.object({
  kind: z.literal('head'),
  beganMs: Ms,
  atMs: Ms,
  version: Version,
  snapshot: z.string(),
  etag: z.string(),
  /** The version that it replaced; null: there was none. */
  over: z.nullable(Version),
});

/** A request to a reader, and its answer. */
const Read = z.object({
  kind: z.literal('read'),
  process: z.string(),
  beganMs: Ms,
  atMs: Ms,
  how: z.enum(['plain', 'no-cache', 'transaction']),
  /** The transaction that was named. */
  xid: z.optional(TransactionId),
  /** Whether the reader was asked once more after everything was quiet. */
  last: z.optional(z.boolean()),
  /** Instead of an answer. */
  code: z.optional(z.string()),
  answer: z.optional(
    z.object({
      version: Version,
      snapshot: z.string(),
      etag: z.string(),
      /** Of the bytes that were served. */
      hash: z.string(),
      /** Of the amounts in them. */
      sum: z.number(),
      ageMs: z.number(),
      stale: z.boolean(),
      from: z.enum(['memory', 'store', 'database']),
      /** When the last question was put that was answered, as seen beside the reader. */
      askedMs: Ms,
      /** When that answer came. */
      answeredMs: Ms,
    }),
  ),
});

const Mishap = z.object({
  kind: z.literal('mishap'),
  atMs: Ms,
  what: z.enum(['killed', 'frozen', 'thawed', 'cache outage']),
  process: z.optional(z.string()),
});

/** When all was quiet: the table, and what is left to do. */
const End = z.object({
  kind: z.literal('end'),
  atMs: Ms,
  tableHash: z.string(),
  requested: z.int(),
  served: z.int(),
  pending: z.array(z.string()),
  events: z.int(),
  /** That the Data API was asked to execute. */
  statements: z.int(),
  faults: z.record(z.string(), z.int()),
});

export const Line = z.discriminatedUnion('kind', [
  Begin,
  Transaction,
  Effect,
  Refresh,
  HeadWritten,
  Read,
  Mishap,
  End,
]);
export type Line = z.output<typeof Line>;
export type LineOf<Kind extends Line['kind']> = Extract<Line, { kind: Kind }>;

export type Versioned = z.output<typeof Version>;

export function linesOf<Kind extends Line['kind']>(lines: readonly Line[], kind: Kind): LineOf<Kind>[] {
  return lines.filter((line): line is LineOf<Kind> => line.kind === kind);
}
