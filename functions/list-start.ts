import type { SentRead } from '../lib/reading/validator.ts';
import { type Wired, wire } from './wiring.ts';

/** Wired here, because it is needed first. */
export const wired = wire('list');

async function readPointer({ shared, nowMs }: Wired): Promise<SentRead | undefined> {
  if (shared === undefined) return undefined;
  await shared.cacheTable.dynamoDb.connect();
  const sentAtMs = nowMs();
  const pointer = shared.pointers.read();
  pointer.catch(() => {}); // the reader handles the failure
  return { sentAtMs, pointer };
}

/** The container's first read of the pointer: in the bundle, it is on its way while the rest of the function is evaluated. */
export const sent = await readPointer(wired);
