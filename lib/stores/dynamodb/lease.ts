import { mostLeaseMs, type RefreshRequests } from '../requests.ts';
import { attempt, attemptIf } from './calls.ts';
import { isHeld, number, type RequestsItem } from './requests-item.ts';

/**
 * Takes the lease by where its end, `leaseUntilMs`, lies:
 *
 *     ─────────────── now ──────────────────── now + mostLeaseMs ───────────────
 *       it is over     │  its owner has it       │  a clock far ahead wrote it
 */
export async function acquire(
  item: RequestsItem,
  { owner, nowMs, untilMs, from = owner }: Parameters<RefreshRequests['acquire']>[0],
) {
  const isRecorded = 'attribute_exists(incarnation)';
  const isFree = 'attribute_not_exists(leaseOwner)';
  const isOver = 'leaseUntilMs <= :now';
  const isTooLong = 'leaseUntilMs > :most';
  const isMine = 'leaseOwner IN (:owner, :from)'; // a retry whose first response was lost
  const taken = item.update({
    set: ['leaseOwner = :owner', 'leaseUntilMs = :until'],
    condition: `${isRecorded} AND (${isFree} OR ${isOver} OR ${isTooLong} OR ${isMine})`,
    values: {
      ':owner': { S: owner },
      ':from': { S: from },
      ':until': number(untilMs),
      ':now': number(nowMs),
      ':most': number(nowMs + mostLeaseMs),
    },
  });
  return attemptIf('take the lease', taken);
}

export const leaseAttributes = ['leaseOwner', 'leaseUntilMs'];

export async function release(
  item: RequestsItem,
  { owner, requested, untilMs }: Parameters<RefreshRequests['release']>[0],
) {
  const isLast = 'requested = :requested';
  const change =
    requested === undefined
      ? { condition: isHeld, values: { ':owner': { S: owner } } }
      : {
          condition: `${isHeld} AND ${isLast}`,
          values: { ':owner': { S: owner }, ':requested': number(requested) },
        };
  const released = item.update({ remove: leaseAttributes, ...change }, untilMs);
  if ((await attemptIf('give the lease back', released)) !== undefined) return true;
  return (await attempt('read the requests', item.read()))?.lease?.owner !== owner;
}
