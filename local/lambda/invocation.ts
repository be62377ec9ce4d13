/** The result of an invocation. */
export interface Outcome {
  /** JSON of the function's result, or of its error. */
  payload: string;
  /** Present if the function threw, ended, or timed out. */
  functionError?: 'Unhandled';
  /** The process still runs the invocation and must be replaced. */
  timedOut?: true;
}

/** @throws LambdaRefusal */
export type Invoke = (functionName: string, event: string, about?: About) => Promise<Outcome>;

export interface About {
  requestId?: string;
  /** JSON. */
  clientContext?: string;
}

/** Lambda rejects the invocation, without running the function. */
export class LambdaRefusal extends Error {
  readonly status: number;
  /** AWS's name of the error. */
  readonly type: string;
  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

export const failure = (errorType: string, errorMessage: string): Outcome => ({
  payload: JSON.stringify({ errorType, errorMessage }),
  functionError: 'Unhandled',
});

/** Lambda's limit for a synchronous event, and for a result. */
export const maxEventBytes = 6_291_456;
export const maxResultBytes = 6_291_556;
/** Lambda's limit for an asynchronous event. */
export const maxAsynchronousBytes = 1_048_576;
