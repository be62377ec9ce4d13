/**
 * Everything that an operator may want to know happens as one event: a name and flat facts.
 * In Lambda an event is one JSON log line; in tests it is what assertions read.
 */
export interface ReportedEvent {
  /** `area.what_happened`, stable: metrics and alarms are made of it. */
  name: string;
  level?: 'info' | 'warn' | 'error';
  /** What went wrong. It is for the log alone. */
  cause?: unknown;
  [fact: string]: unknown;
}

export type Report = (event: ReportedEvent) => void;

/** Facts of an invocation, for its last event. */
export type Note = (facts: Readonly<Record<string, unknown>>) => void;

/** Where events go. What is reported, noted or traced belongs to the invocation in whose work it happens. */
export interface Log {
  report: Report;
  note: Note;
  /** Reports the last event of the invocation, with all that was noted of it: one line for a request where nothing went wrong. */
  end(event: ReportedEvent): void;
  /** From here on the invocation's events carry the trace id of whoever caused it. */
  trace(traceId: string | undefined): void;
  /** Does the work of an invocation. Several may be under way at once in one process. */
  run<T>(requestId: string, work: () => Promise<T>): Promise<T>;
}
