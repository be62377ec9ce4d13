/** An invalid parameter: `code` is stable, the message names the parameter and the valid choices. */
export class QueryError extends Error {
  readonly code: string;
  /** Django's messages, by parameter. */
  readonly faults: Readonly<Record<string, readonly string[]>> | undefined;

  constructor(
    code: string,
    message: string,
    { faults }: { faults?: Readonly<Record<string, readonly string[]>> } = {},
  ) {
    super(message);
    this.code = code;
    this.faults = faults;
  }
}
