import * as z from 'zod/mini';
import type { Change } from './change.ts';

/** Parses one shape of event; undefined for every other shape. */
type Shape = (event: unknown) => Change | undefined;

const shape =
  <Event>(schema: z.ZodMiniType<Event>, toChange: (event: Event) => Change): Shape =>
  (event) => {
    const { success, data } = z.safeParse(schema, event);
    return success ? toChange(data) : undefined;
  };

const ignored = (reason: string) => (): Change => ({ kind: 'ignored', reason });

/**
 * PostgreSQL names have at most 63 bytes, none of them 0; a sender may quote them, and double the quotes inside. An
 * expression has the limit because zod compares the length of any object, which throws where that is no number.
 */
const NameIfAny = z.string().check(z.regex(/^[^\0]{0,128}$/u));
const Name = z.string().check(z.regex(/^[^\0]{1,128}$/u));

/** A change that is announced after its commit. */
const changeOf = (schema: string, table: string): Change => ({
  kind: 'change',
  relations: [`${schema}.${table}`],
  transactionIds: [],
});

/** The event of the database trigger, the Django app, or any program that writes to the table. */
const Own = z.strictObject({
  source: z.literal('offload'),
  schema: Name,
  table: Name,
  operation: z.enum(['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']),
  /** `pg_current_xact_id()::text` of the writing transaction; without it the change must be committed. */
  transactionId: z.optional(z.string().check(z.regex(/^[1-9]\d{0,18}$/))),
  /** When the event was sent, by the database's clock, in ms since the epoch. 8.64e15 is the largest Date. */
  announcedAt: z.optional(z.number().check(z.nonnegative(), z.maximum(8.64e15))),
});
const FromOwn = z.object({ source: z.literal('offload') });

/** The members of an event with our `source` that are invalid or unknown; undefined for every other event. */
export function invalidMembers(event: unknown): string[] | undefined {
  if (!z.safeParse(FromOwn, event).success) return undefined;
  const issues = z.safeParse(Own, event).error?.issues ?? [];
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : [issue.path.join('.')],
  );
}

const own = ({ schema, table, transactionId, announcedAt }: z.output<typeof Own>): Change => ({
  kind: 'change',
  relations: [`${schema}.${table}`],
  transactionIds: transactionId === undefined ? [] : [transactionId],
  ...(announcedAt === undefined ? {} : { announcedAtMs: announcedAt }),
});

/** The same event through EventBridge PutEvents. Its source may name a deployment: `offload.<service>.<stage>`. */
const OwnThroughEventBridge = z.object({
  source: z.string().check(z.regex(/^offload(\.[\w-]+)*$/)),
  'detail-type': z.string(),
  detail: Own,
});

/** A scheduled event of an EventBridge rule, or of EventBridge Scheduler without an input. */
const Scheduled = z.object({
  source: z.enum(['aws.events', 'aws.scheduler']),
  'detail-type': z.literal('Scheduled Event'),
});

/** The input of a schedule that has one. */
const OwnSchedule = z.strictObject({ source: z.literal('offload'), schedule: z.literal(true) });

/** A database webhook, as Supabase and others send it. */
const Webhook = z.object({
  type: z.enum(['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']),
  schema: Name,
  table: Name,
  record: z.optional(z.unknown()),
  old_record: z.optional(z.unknown()),
});

/** A row that AWS DMS read or that changed. Its transaction is committed. */
const DmsData = z.object({
  metadata: z.object({
    'record-type': z.literal('data'),
    operation: z.string(),
    'schema-name': Name,
    'table-name': Name,
  }),
});

/**
 * An AWS DMS control record: about the tables of a task (`truncate-table` and the like), or about DMS itself, without
 * a schema.
 */
const DmsControl = z.object({
  metadata: z.object({
    'record-type': z.literal('control'),
    operation: z.string(),
    'schema-name': NameIfAny,
    'table-name': NameIfAny,
  }),
});
const dmsControl = ({ metadata }: z.output<typeof DmsControl>): Change =>
  metadata['schema-name'] === '' || metadata['table-name'].startsWith('awsdms_')
    ? { kind: 'ignored', reason: 'control record of AWS DMS' }
    : {
        kind: 'change',
        relations: [],
        mentioned: [`${metadata['schema-name']}.${metadata['table-name']}`],
        transactionIds: [],
      };

/** A Debezium change of a row (`c`, `u`, `d`, `r`) or of a table (`t`). Its transactions are committed. */
const DebeziumChange = z.object({
  op: z.enum(['c', 'u', 'd', 'r', 't']),
  source: z.object({ schema: Name, table: Name }),
});

/** A message from `pg_logical_emit_message`. */
const DebeziumMessage = z.object({ op: z.literal('m'), message: z.object({}) });

const time = z.optional(z.number());
const DebeziumHeartbeat = z.strictObject({ ts_ms: z.number(), ts_us: time, ts_ns: time });

const DebeziumTransaction = z.strictObject({
  status: z.enum(['BEGIN', 'END']),
  id: z.string(),
  event_count: z.optional(z.nullable(z.number())),
  data_collections: z.optional(z.nullable(z.array(z.unknown()))),
  ts_ms: time,
  ts_us: time,
  ts_ns: time,
});

/** A tombstone in a Debezium schema envelope. */
const DebeziumTombstone = z.strictObject({ schema: z.unknown(), payload: z.null() });

/** The payload of a Debezium schema envelope. */
const Enveloped = z.object({ payload: z.unknown() });
const debezium = <Event>(schema: z.ZodMiniType<Event>, toChange: (event: Event) => Change): Shape => {
  const read = shape(schema, toChange);
  return (event) => read(event) ?? read(z.safeParse(Enveloped, event).data?.payload);
};

/** Every supported shape, the most frequent first. */
export const shapes: readonly Shape[] = [
  shape(Own, own),
  shape(Scheduled, () => ({ kind: 'schedule' })),
  shape(OwnSchedule, () => ({ kind: 'schedule' })),
  shape(OwnThroughEventBridge, ({ detail }) => own(detail)),
  shape(Webhook, ({ schema, table }) => changeOf(schema, table)),
  shape(DmsData, ({ metadata }) => changeOf(metadata['schema-name'], metadata['table-name'])),
  shape(DmsControl, dmsControl),
  debezium(DebeziumChange, ({ source }) => changeOf(source.schema, source.table)),
  debezium(DebeziumHeartbeat, ignored('heartbeat of Debezium')),
  debezium(DebeziumTransaction, ignored('transaction record of Debezium')),
  debezium(DebeziumMessage, ignored('message record of Debezium')),
  shape(DebeziumTombstone, ignored('tombstone')),
];
