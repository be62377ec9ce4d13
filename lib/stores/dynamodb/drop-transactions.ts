import { mostPending, type RefreshState } from '../requests.ts';
import { attempt, attemptIf } from './calls.ts';
import { inUpdates, isSameItem, type RequestsItem, strikePending } from './requests-item.ts';

const highest = (ids: readonly string[]) => ids.reduce((a, b) => (BigInt(b) > BigInt(a) ? b : a));

/** If `pending` exceeds its bound, the excess ids are replaced by the highest of them. */
export async function dropTransactions(item: RequestsItem, state: RefreshState): Promise<RefreshState> {
  const [ids] = inUpdates([...state.pending.keys()].slice(mostPending));
  if (ids === undefined) return state;
  const top = highest(state.dropped === undefined ? ids : [...ids, state.dropped]);
  const isHigher = '(attribute_not_exists(dropped) OR dropped <= :dropped)';
  const dropped = item.update({
    set: ['dropped = :dropped'],
    remove: ids.map(strikePending),
    condition: `${isSameItem} AND ${isHigher}`,
    values: { ':dropped': { N: top }, ':incarnation': { S: state.incarnation } },
  });
  const after =
    (await attemptIf('drop transactions', dropped)) ?? (await attempt('drop transactions', item.read()));
  return after === undefined ? state : dropTransactions(item, after);
}
