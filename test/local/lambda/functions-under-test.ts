/** Handlers for the tests of the emulated Lambda. */

interface Context {
  awsRequestId: string;
  clientContext?: unknown;
  getRemainingTimeInMillis(): number;
}

let invocations = 0;
let met = 0;
const { promise: allMet, resolve: meet } = Promise.withResolvers<void>();
const never = () => new Promise(() => {});

export const handler = async (event: { do: string; size?: number; count?: number }, context: Context) => {
  invocations += 1;
  const mine = invocations;
  switch (event.do) {
    case 'context':
      return { ...context, remainingMs: context.getRemainingTimeInMillis(), environment: process.env };
    case 'count':
      return mine;
    case 'meet':
      met += 1;
      if (met === event.count) meet();
      await allMet;
      return context.awsRequestId;
    case 'hang':
      return never();
    case 'throw':
      throw new TypeError('a fault');
    case 'exit':
      return process.exit(3);
    case 'reject later':
      void Promise.reject(new Error('nobody waits'));
      return never();
    case 'large':
      return 'x'.repeat(event.size ?? 0);
    default:
      return undefined;
  }
};
