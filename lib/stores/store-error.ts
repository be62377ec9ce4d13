import { UnavailableError } from '../errors.ts';

export type StoreFault = 'does not respond' | 'rejects the call' | 'returns an unreadable response';

/** The shared cache is unavailable. While memory can serve, a request must not fail for it. */
export class StoreError extends UnavailableError {
  constructor(operation: string, cause: unknown, fault: StoreFault = 'does not respond') {
    super('cache_unavailable', `The shared cache ${fault} (${operation}).`, { cause, retryAfterMs: 1_000 });
  }
}
