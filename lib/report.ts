/**
 * Each fact that an operator may need is one event: a name and flat facts. In Lambda an event is one JSON log line;
 * tests assert on events.
 */
export interface ReportedEvent {
  /** `area.what_happened`, stable: metrics and alarms depend on it. */
  name: string;
  level?: 'info' | 'warn' | 'error';
  /** The error. Only the log shows it. */
  cause?: unknown;
  [fact: string]: unknown;
}

export type Report = (event: ReportedEvent) => void;

/** Facts of an invocation, for its final event. */
export type Note = (facts: Readonly<Record<string, unknown>>) => void;

/** Receives events. Each belongs to the invocation in whose asynchronous context it is reported. */
export interface Log {
  report: Report;
  note: Note;
  /** Reports the invocation's final event with all noted facts: a successful request writes one line. */
  end(event: ReportedEvent): void;
  /** From here on the invocation's events carry the caller's trace id. */
  trace(traceId: string | undefined): void;
  /** Runs the work of one invocation. Several may run in one process at a time. */
  run<T>(requestId: string, work: () => Promise<T>): Promise<T>;
}
