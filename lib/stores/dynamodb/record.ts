import type { Attributes } from '../../aws/dynamodb.ts';
import { isLeaseFree, type RefreshRequests, type RefreshState } from '../requests.ts';
import { attempt } from './calls.ts';
import { dropTransactions } from './drop-transactions.ts';
import { acquire } from './lease.ts';
import { inUpdates, number, type RequestsItem, recordPending } from './requests-item.ts';

/** Creates the item if it does not exist; later writes change none of these attributes. */
const made = {
  set: [
    'incarnation = if_not_exists(incarnation, :incarnation)',
    'served = if_not_exists(served, :zero)',
    'requested = if_not_exists(requested, :zero) + :tickets',
  ],
  values: (incarnation: string, tickets: number): Attributes => ({
    ':incarnation': { S: incarnation },
    ':zero': number(0),
    ':tickets': number(tickets),
  }),
};

export async function record(
  item: RequestsItem,
  newIncarnation: () => string,
  { transactionIds, nowMs, announcedAtMs = nowMs, lease, untilMs }: Parameters<RefreshRequests['record']>[0],
): Promise<RefreshState> {
  const groups = inUpdates([...new Set(transactionIds)]);
  const last = groups.pop() ?? [];
  const changeOf = (ids: readonly string[], tickets: number) => ({
    set: [...made.set, ...ids.map((id) => recordPending(id, ':announced'))],
    values: {
      ...made.values(newIncarnation(), tickets),
      ...(ids.length === 0 ? {} : { ':announced': number(announcedAtMs) }),
    },
  });
  // The last update draws the ticket: its existence proves that every id is recorded.
  for (const ids of groups) await attempt('record transactions', item.update(changeOf(ids, 0), untilMs));
  const { set, values } = changeOf(last, 1);
  const takeIfFree = [
    'leaseOwner = if_not_exists(leaseOwner, :owner)',
    'leaseUntilMs = if_not_exists(leaseUntilMs, :until)',
  ];
  const taking = { ':owner': { S: lease.owner }, ':until': number(lease.untilMs) };
  const recorded = item.update({ set: [...set, ...takeIfFree], values: { ...values, ...taking } }, untilMs);
  const state = await dropTransactions(item, await attempt('record a request', recorded));
  if (state.lease?.owner === lease.owner || !isLeaseFree(state.lease, nowMs)) return state;
  const taken = await acquire(item, { ...lease, nowMs });
  return taken === undefined ? state : { ...taken, requested: state.requested };
}
