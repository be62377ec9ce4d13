import type { Log, ReportedEvent } from './report.ts';

/**
 * Facts that are metrics too, by event. The line of such an event carries CloudWatch's embedded metric format,
 * so that no call and no agent is needed; a count is the number of lines.
 */
const metrics: Record<string, Record<string, 'Count' | 'Bytes' | 'Milliseconds'>> = {
  'http.request': { durationMs: 'Milliseconds' },
  'list.served': { hit: 'Count', miss: 'Count', staleServed: 'Count', ageMs: 'Milliseconds' },
  'refresh.done': {
    rows: 'Count',
    writtenBytes: 'Bytes',
    readMs: 'Milliseconds',
    refreshMs: 'Milliseconds',
    pendingTransactions: 'Count',
  },
  'refresh.coalesced': { coalesced: 'Count' },
  'event.rejected': { rejected: 'Count' },
  'database.retried': { retries: 'Count' },
  'store.bypassed': { bypassed: 'Count' },
  'snapshot.broken': { broken: 'Count' },
};

/**
 * Events as JSON lines, with the field names of Powertools for AWS Lambda. Its logger and metrics would add
 * 38 KB and about 29 ms to a start of the list function that takes less than 100 ms; this adds one.
 */
export function createLog({
  service,
  nowMs,
  write,
}: {
  service: string;
  nowMs: () => number;
  /** Takes one line, newline included. */
  write: (line: string) => void;
}): Log {
  let requestId: string | undefined;
  let invocations = 0;

  return {
    begin(id) {
      requestId = id;
      invocations += 1;
    },
    report({ name, level = 'info', cause, ...facts }) {
      const timestamp = nowMs();
      const line = {
        level: level.toUpperCase(),
        message: name,
        timestamp: new Date(timestamp).toISOString(),
        service,
        function_request_id: requestId,
        cold_start: invocations <= 1,
        ...facts,
        ...(cause === undefined ? {} : { error: describe(cause) }),
        ...embeddedMetrics(name, timestamp, facts),
      };
      write(`${JSON.stringify(line)}\n`);
    },
  };
}

function embeddedMetrics(name: string, timestamp: number, facts: Partial<ReportedEvent>) {
  const units = metrics[name];
  if (units === undefined) return {};
  const present = Object.entries(units).map(([fact, unit]) => ({ Name: fact, Unit: unit }));
  // A metric that has no number in the event counts the event itself.
  const counts = present.filter(({ Name }) => typeof facts[Name] !== 'number').map(({ Name }) => [Name, 1]);
  return {
    ...Object.fromEntries(counts),
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [{ Namespace: 'Offload', Dimensions: [['service']], Metrics: present }],
    },
  };
}

/** An error and what caused it, without stack traces of errors that name themselves. */
function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const { name, message, cause, stack } = error;
  const coded = 'code' in error ? { code: error.code } : { stack };
  return { name, message, ...coded, ...(cause === undefined ? {} : { cause: describe(cause) }) };
}
