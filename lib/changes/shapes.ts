import * as z from 'zod/mini';
import type { Change } from './change.ts';

/** A reader of one shape of event: undefined for every other. */
type Shape = (event: unknown) => Change | undefined;

const shape =
  <Event>(schema: z.ZodMiniType<Event>, toChange: (event: Event) => Change): Shape =>
  (event) => {
    const { success, data } = z.safeParse(schema, event);
    return success ? toChange(data) : undefined;
  };

const ignored = (reason: string) => (): Change => ({ kind: 'ignored', reason });

/** PostgreSQL's names have at most 63 bytes, none of them 0; a sender may put them in quotes, and double those within. */
const NameIfAny = z.string().check(z.maxLength(128), z.regex(/^[^\0]*$/));
const Name = NameIfAny.check(z.minLength(1));

/** Of a change that is told of after its commit. */
const changeOf = (schema: string, table: string): Change => ({
  kind: 'change',
  relations: [`${schema}.${table}`],
  transactionIds: [],
});

/** As the trigger in the database, the Django app, or a program that writes to the table sends it. */
const Own = z.strictObject({
  source: z.literal('offload'),
  schema: Name,
  table: Name,
  operation: z.enum(['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']),
  /** `pg_current_xact_id()::text` of the writing transaction; without it the change must be committed already. */
  transactionId: z.optional(z.string().check(z.regex(/^[1-9]\d{0,18}$/))),
  /** Milliseconds since the epoch by the database's clock, when the event left. 8.64e15 is the last that a Date has. */
  announcedAt: z.optional(z.number().check(z.nonnegative(), z.maximum(8.64e15))),
});
const own = ({ schema, table, transactionId, announcedAt }: z.output<typeof Own>): Change => ({
  kind: 'change',
  relations: [`${schema}.${table}`],
  transactionIds: transactionId === undefined ? [] : [transactionId],
  ...(announcedAt === undefined ? {} : { announcedAtMs: announcedAt }),
});

/** The same through EventBridge's PutEvents, whose source may name a deployment: `offload.<service>.<stage>`. */
const OwnThroughEventBridge = z.object({
  source: z.string().check(z.regex(/^offload(\.[\w-]+)*$/)),
  'detail-type': z.string(),
  detail: Own,
});

/** What a rule of EventBridge sends on its schedule, and EventBridge Scheduler where its target has no input. */
const Scheduled = z.object({
  source: z.enum(['aws.events', 'aws.scheduler']),
  'detail-type': z.literal('Scheduled Event'),
});

/** The input of a schedule that names one. */
const OwnSchedule = z.strictObject({ source: z.literal('offload'), schedule: z.literal(true) });

/** A webhook of a database, as Supabase and others send it. */
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

/** What AWS DMS tells of the tables of a task (`truncate-table` and the like), and of its own, which have no schema. */
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

/** Debezium's change of a row (`c`, `u`, `d`, `r`) or of a table (`t`). Its transactions are committed. */
const DebeziumChange = z.object({
  op: z.enum(['c', 'u', 'd', 'r', 't']),
  source: z.object({ schema: Name, table: Name }),
});

/** What `pg_logical_emit_message` wrote. */
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

/** A deletion's second record, in the envelope that its schema comes in. */
const DebeziumTombstone = z.strictObject({ schema: z.unknown(), payload: z.null() });

/** The payload in the envelope of a Debezium record that comes with its schema. */
const Enveloped = z.object({ payload: z.unknown() });
const debezium = <Event>(schema: z.ZodMiniType<Event>, toChange: (event: Event) => Change): Shape => {
  const read = shape(schema, toChange);
  return (event) => read(event) ?? read(z.safeParse(Enveloped, event).data?.payload);
};

/** Every shape that means something, the most frequent first. */
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
