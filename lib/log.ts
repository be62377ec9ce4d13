import { AsyncLocalStorage } from 'node:async_hooks';
import type { Log, Report, ReportedEvent } from './report.ts';
import { xRayRootOf } from './trace-id.ts';

/**
 * Facts that are metrics too, by event, and `Events` for the number of the events themselves. The line of such an event
 * carries CloudWatch's embedded metric format, so that no call and no agent is needed.
 */
const metrics: Record<string, Record<string, 'Count' | 'Bytes' | 'Milliseconds' | 'Events'>> = {
  'http.request': {
    durationMs: 'Milliseconds',
    hit: 'Count',
    miss: 'Count',
    staleServed: 'Count',
    ageMs: 'Milliseconds',
  },
  'refresh.done': {
    rows: 'Count',
    readRows: 'Count',
    writtenBytes: 'Bytes',
    refreshMs: 'Milliseconds',
    pendingTransactions: 'Count',
  },
  'change.visible': { lagMs: 'Milliseconds' },
  'table.held': { held: 'Events' },
  'table.left_out': { leftOut: 'Events' },
  'event.applied': { heartbeat: 'Count' },
  'refresh.coalesced': { coalesced: 'Events' },
  'event.rejected': { rejected: 'Events' },
  'event.skipped': { skipped: 'Count' },
  'event.unmatched': { unmatched: 'Events' },
  'database.retried': { retries: 'Events' },
  'store.bypassed': { bypassed: 'Events' },
  'snapshot.broken': { broken: 'Events' },
  'list.behind': { behind: 'Events' },
};

/** One invocation: what its lines have in common. */
interface Invocation {
  requestId: string;
  isFirst: boolean;
  traceId: string | undefined;
  noted: Record<string, unknown>;
}

/**
 * Events as JSON lines, with the field names of Powertools for AWS Lambda. Its logger and metrics would add
 * 38 KB and about 29 ms to a start of the list function that takes less than 100 ms; this adds one.
 */
export function createLog({
  service,
  stage,
  functionName,
  nowMs,
  write,
  platformTraceId = () => undefined,
}: {
  /** Of the deployment: a dimension of every metric. */
  service: string;
  /** A dimension too. */
  stage: string;
  functionName: string;
  nowMs: () => number;
  /** Takes one line, newline included. */
  write: (line: string) => void;
  /** X-Ray's header of the invocation that is under way, for one whose event names no trace. */
  platformTraceId?: () => string | undefined;
}): Log {
  const invocations = new AsyncLocalStorage<Invocation>();
  let hasRun = false;

  const report: Report = ({ name, level = 'info', cause, ...facts }) => {
    const timestamp = nowMs();
    const invocation = invocations.getStore();
    const line = {
      level: level.toUpperCase(),
      message: name,
      timestamp: new Date(timestamp).toISOString(),
      service,
      stage,
      function_name: functionName,
      function_request_id: invocation?.requestId,
      cold_start: invocation?.isFirst ?? !hasRun,
      trace_id: invocation?.traceId ?? xRayRootOf(platformTraceId()),
      ...facts,
      ...(cause === undefined ? {} : { error: describe(cause) }),
      ...embeddedMetrics(name, timestamp, facts),
    };
    write(`${toJson(line)}\n`);
  };

  return {
    report,
    note(facts) {
      const invocation = invocations.getStore();
      if (invocation !== undefined) Object.assign(invocation.noted, facts);
    },
    end: (event) => report({ ...invocations.getStore()?.noted, ...event }),
    trace(traceId) {
      const invocation = invocations.getStore();
      if (invocation !== undefined && traceId !== undefined) invocation.traceId = traceId;
    },
    run(requestId, work) {
      const invocation = { requestId, isFirst: !hasRun, traceId: undefined, noted: {} };
      hasRun = true;
      return invocations.run(invocation, work);
    },
  };
}

/** Whatever a fact is: an event that cannot be written must not fail the request that it tells of. */
function toJson(line: Record<string, unknown>): string {
  try {
    return JSON.stringify(line);
  } catch {
    const flat = Object.entries(line).filter(([, value]) => typeof value !== 'object'); // one may be a ring
    return JSON.stringify(
      Object.fromEntries(
        flat.map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]),
      ),
    );
  }
}

function embeddedMetrics(name: string, timestamp: number, facts: Partial<ReportedEvent>) {
  const units = Object.entries(metrics[name] ?? {});
  const counts = units.filter(([, unit]) => unit === 'Events');
  const present = units.filter(([fact, unit]) => unit === 'Events' || Number.isFinite(facts[fact]));
  if (present.length === 0) return {};
  const dimensions = [['service', 'stage']];
  if (typeof facts['table'] === 'string') dimensions.push(['service', 'stage', 'table']);
  const Metrics = present.map(([Name, unit]) => ({ Name, Unit: unit === 'Events' ? 'Count' : unit }));
  return {
    ...Object.fromEntries(counts.map(([fact]) => [fact, 1])),
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [{ Namespace: 'Offload', Dimensions: dimensions, Metrics }],
    },
  };
}

/** An error and what caused it, without stack traces of errors that name themselves. */
function describe(error: unknown, mostCauses = 8): unknown {
  if (!(error instanceof Error))
    return typeof error === 'object' && error !== null ? outlineOf(error) : String(error);
  const { name, message, cause, stack } = error;
  const code = 'code' in error && typeof error.code !== 'object' ? error.code : undefined;
  const told = { name, message, ...(code === undefined ? { stack } : { code }) };
  return cause === undefined || mostCauses === 0 ? told : { ...told, cause: describe(cause, mostCauses - 1) };
}

/** Of what is no error: the texts that errors have or, without any, its kind. What else it holds may be a secret. */
function outlineOf(thing: object): unknown {
  const members = ['name', 'message', 'code'].map((name): [string, unknown] => [
    name,
    Reflect.get(thing, name),
  ]);
  const texts = members.filter(([, value]) => typeof value === 'string');
  if (texts.length > 0) return Object.fromEntries(texts);
  const kind: unknown = Reflect.get(thing, 'constructor');
  return typeof kind === 'function' ? kind.name : 'Object';
}
