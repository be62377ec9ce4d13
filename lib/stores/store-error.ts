import { UnavailableError } from '../errors.ts';

export type StoreFault = 'does not respond' | 'rejects the call' | 'returns an unreadable response';

/**
 * The shared cache is unavailable; or unusable until an operator acts, where it refuses calls or holds what cannot be
 * parsed. While memory can serve, a request must not fail for it.
 */
export class StoreError extends UnavailableError {
  constructor(operation: string, cause: unknown, fault: StoreFault = 'does not respond') {
    const code = fault === 'does not respond' ? 'cache_unavailable' : 'cache_unusable';
    super(code, `The shared cache ${fault} (${operation}).`, { cause, retryAfterMs: 1_000 });
  }
}
