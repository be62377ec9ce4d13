/** Handlers for the tests of the emulated Lambda. */
import { setTimeout as sleep } from 'node:timers/promises';

interface Context {
  awsRequestId: string;
  clientContext?: unknown;
  getRemainingTimeInMillis(): number;
}

let invocations = 0;

export const handler = async (event: { do: string; ms?: number }, context: Context) => {
  invocations += 1;
  const mine = invocations;
  switch (event.do) {
    case 'context':
      return { ...context, remainingMs: context.getRemainingTimeInMillis(), environment: process.env };
    case 'count':
      return mine;
    case 'sleep':
      await sleep(event.ms);
      return { id: context.awsRequestId, mine };
    case 'throw':
      throw new TypeError('a fault');
    case 'exit':
      return process.exit(3);
    case 'reject later':
      void Promise.reject(new Error('nobody waits'));
      return sleep(1_000);
    case 'large':
      return 'x'.repeat(event.ms ?? 0);
    default:
      return undefined;
  }
};
