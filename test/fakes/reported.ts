import type { Report, ReportedEvent } from '../../lib/report.ts';

/** Keeps what was reported. */
export function createReported(): { report: Report; events: ReportedEvent[]; names(): string[] } {
  const events: ReportedEvent[] = [];
  return {
    events,
    report: (event) => events.push(event),
    names: () => events.map(({ name }) => name),
  };
}
