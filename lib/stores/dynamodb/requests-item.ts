import * as z from 'zod/mini';
import type { Attributes, Item, UpdateItem } from '../../aws/dynamodb.ts';
import type { RefreshState } from '../requests.ts';
import { type CacheTable, datasetKey } from './table.ts';

const Count = z.pipe(
  z.object({ N: z.string() }),
  z.transform(({ N }) => Number(N)),
);
const Text = z.pipe(
  z.object({ S: z.string() }),
  z.transform(({ S }) => S),
);
const Digits = z.pipe(
  z.object({ N: z.string() }),
  z.transform(({ N }) => N),
);

const StoredRequests = z.object({
  incarnation: Text,
  requested: Count,
  served: Count,
  dropped: z.optional(Digits),
  leaseOwner: z.optional(Text),
  leaseUntilMs: z.optional(Count),
});

/** One attribute per pending transaction: one update can add, keep or remove any of them. */
const pendingName = /^p(\d{1,19})$/;

/** @throws ZodError */
function stateIn(item: Item): RefreshState {
  const { leaseOwner, leaseUntilMs, dropped, ...state } = StoredRequests.parse(item);
  const pending = Object.entries(item).flatMap(([name, value]): [string, number][] => {
    const transactionId = pendingName.exec(name)?.[1];
    return transactionId === undefined ? [] : [[transactionId, Count.parse(value)]];
  });
  const lease = leaseOwner === undefined ? undefined : { owner: leaseOwner, untilMs: leaseUntilMs ?? 0 };
  return { ...state, pending: new Map(pending), dropped, lease };
}

/** An update expression has at most 4 KB. */
const idsPerUpdate = 50;

/** Transactions in groups that fit into an update each. */
export const inUpdates = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / idsPerUpdate) }, (_, at) =>
    all.slice(at * idsPerUpdate, (at + 1) * idsPerUpdate),
  );

export const number = (value: number) => ({ N: String(Math.floor(value)) });

/** Clauses that record a transaction, unless it is, and strike one. */
export const recordPending = (id: string, value: string) => `p${id} = if_not_exists(p${id}, ${value})`;
export const strikePending = (id: string) => `p${id}`;

/** Conditions: the item is the one that the caller has read; the caller has the lease. */
export const isSameItem = 'incarnation = :incarnation';
export const isHeld = 'leaseOwner = :owner';

/** A write of the item. */
export interface Change {
  set?: readonly string[];
  remove?: readonly string[];
  condition?: string;
  values?: Attributes;
}

/**
 * What is to be refreshed, in one item of the partition `dataset`:
 *
 *     refresh  incarnation, requested, served, dropped, leaseOwner, leaseUntilMs,
 *              p<transaction id> (for each pending transaction: when it was announced, ms)
 *
 * One item takes 1,000 writes a second: beyond that callers back off until their deadline.
 */
export function createRequestsItem({ dynamoDb, table: TableName }: CacheTable) {
  const Key = datasetKey('refresh');
  return {
    async read(): Promise<RefreshState | undefined> {
      const item = await dynamoDb.getItem({ TableName, Key, ConsistentRead: true });
      return item === undefined ? undefined : stateIn(item);
    },
    /** @returns the new state */
    async update({ set = [], remove = [], condition, values }: Change, untilMs?: number) {
      const clauses = [
        ...(set.length > 0 ? [`SET ${set.join(', ')}`] : []),
        ...(remove.length > 0 ? [`REMOVE ${remove.join(', ')}`] : []),
      ];
      const input: UpdateItem = {
        TableName,
        Key,
        UpdateExpression: clauses.join(' '),
        ReturnValues: 'ALL_NEW',
        ...(condition === undefined ? {} : { ConditionExpression: condition }),
        ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
      };
      return stateIn((await dynamoDb.updateItem(input, { untilMs })) ?? {});
    },
  };
}
export type RequestsItem = ReturnType<typeof createRequestsItem>;
