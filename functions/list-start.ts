import type { SentRead } from '../lib/reading/validator.ts';
import { wire } from './wiring.ts';

/** Wired here, because it is needed first. */
export const wired = wire('list');
const { shared, nowMs } = wired;

await shared?.cacheTable.dynamoDb.connect();
/** The container's first read of the pointer: in the bundle, it is on its way while the rest of the function is evaluated. */
export const sent: SentRead | undefined = shared && { sentAtMs: nowMs(), pointer: shared.pointers.read() };
sent?.pointer.catch(() => {}); // the reader handles the failure
