/** A parameter that cannot be used: `code` is stable, the message names the parameter and what is known. */
export class QueryError extends Error {
  readonly code: string;
  /** By parameter, what Django's form says of its value. */
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
