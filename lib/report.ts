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

/** Where events go, told of each invocation. */
export interface Log {
  report: Report;
  /** From here on events belong to this invocation. */
  begin(requestId: string): void;
}
