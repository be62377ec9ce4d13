import { CodedError } from '../errors.ts';

/** An event that this service can never handle. The message says what to send instead. */
export class RejectedEventError extends CodedError {
  constructor(
    code: 'event_unknown' | 'event_unsupported' | 'event_too_large',
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}
