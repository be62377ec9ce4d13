import { type Key, LiveTableError, type Timing } from './api.ts';

const mostWaits = 1_000;

export interface Wait {
  transactionId: string;
  end(error?: LiveTableError): void;
}

/** The pending calls of `waitFor`, oldest first. */
export function createWaits({ setTimer }: Timing) {
  const waits = new Set<Wait>();
  return {
    first: (): Wait | undefined => waits.values().next().value,

    add(transactionId: Key, timeoutMs: number): Promise<void> {
      if (waits.size === mostWaits)
        return Promise.reject(
          new LiveTableError(
            'too_many_waits',
            `${mostWaits} calls of waitFor are pending: wait for some to end.`,
          ),
        );
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const wait: Wait = {
        transactionId: String(transactionId),
        end(error) {
          cancel();
          waits.delete(wait);
          if (error) reject(error);
          else resolve();
        },
      };
      const cancel = setTimer(
        () =>
          wait.end(
            new LiveTableError(
              'wait_timeout',
              `The list did not include transaction ${transactionId} within ${timeoutMs} ms.`,
            ),
          ),
        timeoutMs,
      );
      waits.add(wait);
      return promise;
    },

    endAll(error: LiveTableError) {
      for (const wait of [...waits]) wait.end(error);
    },
  };
}
