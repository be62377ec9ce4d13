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

const Name = z.string().check(z.minLength(1), z.maxLength(63));

/** @param transactionIds of writers that may still be running; none where a change is told of after its commit */
const changeOf = (schema: string, table: string, transactionIds: string[] = []): Change => ({
  kind: 'change',
  relation: `${schema}.${table}`,
  transactionIds,
});

/** As the trigger in the database, the Django app, or a program that writes to the table sends it. */
const Own = z.strictObject({
  source: z.literal('offload'),
  schema: Name,
  table: Name,
  operation: z.enum(['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']),
  /** `pg_current_xact_id()::text` of the writing transaction; without it the change must be committed already. */
  transactionId: z.optional(z.string().check(z.regex(/^[1-9]\d{0,18}$/))),
});
const own = ({ schema, table, transactionId }: z.output<typeof Own>) =>
  changeOf(schema, table, transactionId === undefined ? [] : [transactionId]);

/** The same through EventBridge's PutEvents. */
const OwnThroughEventBridge = z.object({
  source: z.literal('offload'),
  'detail-type': z.string(),
  detail: Own,
});

/** EventBridge's schedule. */
const Scheduled = z.object({ source: z.literal('aws.events'), 'detail-type': z.literal('Scheduled Event') });

/** The slow schedule's, which expects nothing and looks. */
const Reconcile = z.strictObject({ source: z.literal('offload'), reconcile: z.literal(true) });

/** A webhook of a database, as Supabase and others send it. */
const Webhook = z.object({
  type: z.enum(['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']),
  schema: Name,
  table: Name,
  record: z.optional(z.unknown()),
  old_record: z.optional(z.unknown()),
});

/** AWS DMS, of data and of tables (`truncate-table` and the like). Its transactions are committed. */
const Dms = z.object({
  metadata: z.object({
    'record-type': z.enum(['data', 'control']),
    operation: z.string(),
    'schema-name': Name,
    'table-name': Name,
  }),
});

/** Debezium's change of a row (`c`, `u`, `d`, `r`) or of a table (`t`). Its transactions are committed. */
const DebeziumPayload = z.object({
  op: z.enum(['c', 'u', 'd', 'r', 't']),
  source: z.object({ schema: Name, table: Name }),
});
const Debezium = z.union([
  z.pipe(
    z.object({ payload: DebeziumPayload }),
    z.transform(({ payload }) => payload),
  ),
  DebeziumPayload,
]);

/** Every shape that means something, the most frequent first. */
export const shapes: readonly Shape[] = [
  shape(Own, own),
  shape(Scheduled, () => ({ kind: 'schedule' })),
  shape(Reconcile, () => ({ kind: 'reconcile' })),
  shape(OwnThroughEventBridge, ({ detail }) => own(detail)),
  shape(Webhook, ({ schema, table }) => changeOf(schema, table)),
  shape(Dms, ({ metadata }) => changeOf(metadata['schema-name'], metadata['table-name'])),
  shape(Debezium, ({ source }) => changeOf(source.schema, source.table)),
];
