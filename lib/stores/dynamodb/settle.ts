import type { RefreshRequests, RefreshState } from '../requests.ts';
import { attempt, attemptIf } from './calls.ts';
import { dropTransactions } from './drop-transactions.ts';
import { leaseAttributes } from './lease.ts';
import {
  type Change,
  inUpdates,
  isHeld,
  isSameItem,
  number,
  type RequestsItem,
  recordPending,
  strikePending,
} from './requests-item.ts';

type Done = Parameters<RefreshRequests['settle']>[0];
/** A change without a condition: each write of `settle` adds its own. */
type Part = Required<Pick<Change, 'set' | 'remove' | 'values'>>;

/** The removal of what is settled, and the additions, in as many writes as it takes. */
function partsOf({ incarnation, settled, add }: Done): Part[] {
  const values = { ':incarnation': { S: incarnation } };
  return [
    ...inUpdates(settled).map((ids) => ({ set: [], remove: ids.map(strikePending), values })),
    ...inUpdates(add).map((some) => ({
      set: some.map(({ transactionId }, at) => recordPending(transactionId, `:a${at}`)),
      remove: [],
      values: {
        ...values,
        ...Object.fromEntries(some.map(({ announcedAtMs }, at) => [`:a${at}`, number(announcedAtMs)])),
      },
    })),
  ];
}

export async function settle(item: RequestsItem, done: Done): Promise<RefreshState | undefined> {
  const { incarnation, owner, served, settledDropped, release, untilMs } = done;
  const write = (part: Part, ...conditions: string[]) =>
    item.update({ ...part, condition: [isSameItem, ...conditions].join(' AND ') }, untilMs);
  const nothing: Part = { set: [], remove: [], values: { ':incarnation': { S: incarnation } } };

  if (settledDropped !== undefined) {
    const values = { ...nothing.values, ':dropped': { N: settledDropped } };
    await attemptIf('settle', write({ ...nothing, remove: ['dropped'], values }, 'dropped = :dropped'));
  }
  const parts = partsOf(done);
  const last = parts.pop() ?? nothing;
  for (const part of parts) await attemptIf('settle', write(part));

  if (served !== undefined) {
    const raised: Part = {
      set: [...last.set, 'served = :served'],
      remove: last.remove,
      values: { ...last.values, ':served': number(served) },
    };
    if (release) {
      const released: Part = {
        set: raised.set,
        remove: [...raised.remove, ...leaseAttributes],
        values: { ...raised.values, ':owner': { S: owner } },
      };
      const isLast = 'requested = :served';
      const isNotLower = 'served <= :served';
      const state = await attemptIf(
        'settle and give the lease back',
        write(released, isHeld, isLast, isNotLower),
      );
      if (state !== undefined) return state;
    }
    const isHigher = 'served < :served';
    const state = await attemptIf('settle', write(raised, isHigher));
    if (state !== undefined) return dropTransactions(item, state);
  }
  // A later read has served more; what this read settled is removed all the same.
  if (last === nothing) {
    const state = await attempt('read the requests', item.read());
    return state?.incarnation === incarnation ? state : undefined;
  }
  const state = await attemptIf('settle', write(last));
  return state && dropTransactions(item, state);
}
