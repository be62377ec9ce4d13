import type { Log, Report, ReportedEvent } from '../../lib/report.ts';

/** Records the reported events. */
export function createReported(): { report: Report; events: ReportedEvent[]; names(): string[] } {
  const events: ReportedEvent[] = [];
  return {
    events,
    report: (event) => events.push(event),
    names: () => events.map(({ name }) => name),
  };
}

/** Records the events, the notes and the invocation ids of a function's log. */
export function createReportedLog() {
  const { report, ...reported } = createReported();
  const begun: string[] = [];
  const noted: Readonly<Record<string, unknown>>[] = [];
  const traced: (string | undefined)[] = [];
  const log: Log = {
    report,
    note: (facts) => noted.push(facts),
    end: report,
    trace: (traceId) => traced.push(traceId),
    run(requestId, work) {
      begun.push(requestId);
      return work();
    },
  };
  return { ...reported, log, begun, noted, traced };
}
