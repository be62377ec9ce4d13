import * as z from 'zod/mini';
import type { Attributes, Item, UpdateItem } from '../../aws/dynamodb.ts';
import { mostLeaseMs, mostPending, type RefreshRequests, type RefreshState } from '../requests.ts';
import { attempt, attemptIf } from './calls.ts';
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

const RequestsItem = z.object({
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
  const { leaseOwner, leaseUntilMs, dropped, ...state } = RequestsItem.parse(item);
  const pending = Object.entries(item).flatMap(([name, value]): [string, number][] => {
    const transactionId = pendingName.exec(name)?.[1];
    return transactionId === undefined ? [] : [[transactionId, Count.parse(value)]];
  });
  const lease = leaseOwner === undefined ? undefined : { owner: leaseOwner, untilMs: leaseUntilMs ?? 0 };
  return { ...state, pending: new Map(pending), dropped, lease };
}

const number = (value: number) => ({ N: String(Math.floor(value)) });
const highest = (ids: readonly string[]) => ids.reduce((a, b) => (BigInt(b) > BigInt(a) ? b : a));
/** An update expression has at most 4 KB. */
const idsPerUpdate = 50;

interface Change {
  set?: string[];
  remove?: string[];
  add?: string;
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
export function createDynamoDbRequests({
  dynamoDb,
  table: TableName,
  newIncarnation,
}: CacheTable & { newIncarnation: () => string }): RefreshRequests {
  const Key = datasetKey('refresh');
  function update({ set = [], remove = [], add, condition, values }: Change, untilMs?: number) {
    const clauses = [
      ...(set.length > 0 ? [`SET ${set.join(', ')}`] : []),
      ...(remove.length > 0 ? [`REMOVE ${remove.join(', ')}`] : []),
      ...(add === undefined ? [] : [`ADD ${add}`]),
    ];
    const input: UpdateItem = {
      TableName,
      Key,
      UpdateExpression: clauses.join(' '),
      ReturnValues: 'ALL_NEW',
      ...(condition === undefined ? {} : { ConditionExpression: condition }),
      ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
    };
    return dynamoDb.updateItem(input, { untilMs }).then((item) => stateIn(item ?? {}));
  }

  async function read(): Promise<RefreshState | undefined> {
    const item = await dynamoDb.getItem({ TableName, Key, ConsistentRead: true });
    return item === undefined ? undefined : stateIn(item);
  }

  const keepRecorded = (id: string, value: string) => `p${id} = if_not_exists(p${id}, ${value})`;

  /** Creates the item if it does not exist; later writes change none of these attributes. */
  const made = {
    set: [
      'incarnation = if_not_exists(incarnation, :incarnation)',
      'served = if_not_exists(served, :zero)',
      'requested = if_not_exists(requested, :zero) + :tickets',
    ],
    values: (tickets: number): Attributes => ({
      ':incarnation': { S: newIncarnation() },
      ':zero': number(0),
      ':tickets': number(tickets),
    }),
  };

  /** If `pending` exceeds its bound, the excess ids are replaced by the highest of them. */
  async function drop(state: RefreshState): Promise<RefreshState> {
    const over = [...state.pending.keys()].slice(mostPending);
    if (over.length === 0) return state;
    const ids = over.slice(0, idsPerUpdate);
    const top = highest(state.dropped === undefined ? ids : [...ids, state.dropped]);
    const dropped = update({
      set: ['dropped = :dropped'],
      remove: ids.map((id) => `p${id}`),
      condition: 'incarnation = :incarnation AND (attribute_not_exists(dropped) OR dropped <= :dropped)',
      values: { ':dropped': { N: top }, ':incarnation': { S: state.incarnation } },
    });
    const after =
      (await attemptIf('drop transactions', dropped)) ?? (await attempt('drop transactions', read()));
    return after === undefined ? state : drop(after);
  }

  return {
    async record({ transactionIds, nowMs, announcedAtMs = nowMs, lease, untilMs }) {
      const ids = [...new Set(transactionIds)];
      // The last update draws the ticket: its existence proves that every id is recorded.
      while (ids.length > idsPerUpdate) {
        const some = ids.splice(0, idsPerUpdate);
        const recorded = update(
          {
            set: [...made.set, ...some.map((id) => keepRecorded(id, ':announced'))],
            values: { ...made.values(0), ':announced': number(announcedAtMs) },
          },
          untilMs,
        );
        await attempt('record transactions', recorded);
      }
      const recorded = update(
        {
          set: [
            ...made.set,
            'leaseOwner = if_not_exists(leaseOwner, :owner)',
            'leaseUntilMs = if_not_exists(leaseUntilMs, :until)',
            ...ids.map((id) => keepRecorded(id, ':announced')),
          ],
          values: {
            ...made.values(1),
            ':owner': { S: lease.owner },
            ':until': number(lease.untilMs),
            ...(ids.length === 0 ? {} : { ':announced': number(announcedAtMs) }),
          },
        },
        untilMs,
      );
      const state = await drop(await attempt('record a request', recorded));
      const held = state.lease;
      const isOver = held !== undefined && (held.untilMs <= nowMs || held.untilMs > nowMs + mostLeaseMs);
      if (!isOver || held.owner === lease.owner) return state;
      const { requested } = state;
      const taken = await this.acquire({ ...lease, nowMs });
      return taken === undefined ? state : { ...taken, requested };
    },

    read: () => attempt('read the requests', read()),

    async acquire({ owner, nowMs, untilMs, from = owner }) {
      const isFree = 'attribute_not_exists(leaseOwner)';
      const isOver = 'leaseUntilMs <= :now OR leaseUntilMs > :most';
      const isMine = 'leaseOwner IN (:owner, :from)'; // a retry whose first response was lost
      const taken = update({
        set: ['leaseOwner = :owner', 'leaseUntilMs = :until'],
        condition: `attribute_exists(incarnation) AND (${isFree} OR ${isOver} OR ${isMine})`,
        values: {
          ':owner': { S: owner },
          ':from': { S: from },
          ':until': number(untilMs),
          ':now': number(nowMs),
          ':most': number(nowMs + mostLeaseMs),
        },
      });
      return attemptIf('take the lease', taken);
    },

    async settle({ incarnation, owner, served, settled, settledDropped, add, release, untilMs }) {
      const write = (change: Change) => update(change, untilMs);
      const values: Attributes = { ':incarnation': { S: incarnation } };
      if (settledDropped !== undefined) {
        const condition = 'incarnation = :incarnation AND dropped = :dropped';
        const struck = write({
          remove: ['dropped'],
          condition,
          values: { ...values, ':dropped': { N: settledDropped } },
        });
        await attemptIf('settle', struck);
      }
      const rest = [...settled];
      while (rest.length > idsPerUpdate) {
        const remove = rest.splice(0, idsPerUpdate).map((id) => `p${id}`);
        await attemptIf('settle', write({ remove, condition: 'incarnation = :incarnation', values }));
      }
      const change: Required<Pick<Change, 'set' | 'remove' | 'values'>> = {
        set: add
          .slice(0, idsPerUpdate)
          .map(({ transactionId }, at) => keepRecorded(transactionId, `:a${at}`)),
        remove: rest.map((id) => `p${id}`),
        values: {
          ...values,
          ...Object.fromEntries(
            add.slice(0, idsPerUpdate).map(({ announcedAtMs }, at) => [`:a${at}`, number(announcedAtMs)]),
          ),
        },
      };
      if (add.length > idsPerUpdate) {
        const more = { incarnation, owner, settled: [], settledDropped: undefined, release: false, untilMs };
        await this.settle({ ...more, served: undefined, add: add.slice(idsPerUpdate) });
      }
      const raised =
        served === undefined
          ? undefined
          : {
              set: [...change.set, 'served = :served'],
              values: { ...change.values, ':served': number(served) },
            };
      if (release && raised !== undefined) {
        const released = write({
          set: raised.set,
          remove: [...change.remove, 'leaseOwner', 'leaseUntilMs'],
          condition:
            'incarnation = :incarnation AND leaseOwner = :owner AND requested = :served AND served <= :served',
          values: { ...raised.values, ':owner': { S: owner } },
        });
        const state = await attemptIf('settle and give the lease back', released);
        if (state !== undefined) return state;
      }
      if (raised !== undefined) {
        const isHigher = 'incarnation = :incarnation AND served < :served';
        const state = await attemptIf('settle', write({ ...change, ...raised, condition: isHigher }));
        if (state !== undefined) return drop(state);
      }
      // A later read has served more; what this read settled is removed all the same.
      if (change.set.length + change.remove.length === 0) {
        const state = await this.read();
        return state?.incarnation === incarnation ? state : undefined;
      }
      const state = await attemptIf('settle', write({ ...change, condition: 'incarnation = :incarnation' }));
      return state && drop(state);
    },

    async release({ owner, requested, untilMs }) {
      const upToHere = requested === undefined ? '' : ' AND requested = :requested';
      const change = {
        remove: ['leaseOwner', 'leaseUntilMs'],
        condition: `leaseOwner = :owner${upToHere}`,
        values: {
          ':owner': { S: owner },
          ...(requested === undefined ? {} : { ':requested': number(requested) }),
        },
      };
      const released = update(change, untilMs);
      if ((await attemptIf('give the lease back', released)) !== undefined) return true;
      return (await this.read())?.lease?.owner !== owner;
    },
  };
}
