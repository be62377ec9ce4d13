/**
 * Everything that an operator may want to know happens as one event: a name and flat facts.
 * In Lambda an event is one JSON log line (see `functions/log.ts`); in tests it is what assertions read.
 */
export interface ReportedEvent {
  name: string;
  level?: 'info' | 'warn' | 'error';
  [fact: string]: unknown;
}

export type Report = (event: ReportedEvent) => void;
