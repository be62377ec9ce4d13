import { UnavailableError } from '../errors.ts';

export type StoreFault = 'does not respond' | 'refuses the call' | 'returns what cannot be read';

/**
 * The shared cache cannot be used: now, or, where it refuses the calls or holds what cannot be read, until somebody acts. Never a
 * reason to fail while there is anything to serve.
 */
export class StoreError extends UnavailableError {
  constructor(operation: string, cause: unknown, fault: StoreFault = 'does not respond') {
    const code = fault === 'does not respond' ? 'cache_unavailable' : 'cache_unusable';
    super(code, `The shared cache ${fault} (${operation}).`, { cause, retryAfterMs: 1_000 });
  }
}
