import { CodedError } from '../errors.ts';

/** An event that this service cannot do anything with, now or later. It says what to send, not what was sent. */
export class RejectedEventError extends CodedError {
  constructor(
    code: 'event_unknown' | 'event_unsupported' | 'event_too_large',
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}
