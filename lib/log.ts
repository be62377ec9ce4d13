import { AsyncLocalStorage } from 'node:async_hooks';
import type { Log, Report, ReportedEvent } from './report.ts';
import { xRayRootOf } from './trace-id.ts';

/**
 * Facts that are also metrics, by event; `Events` counts the events themselves. Such a line is in CloudWatch's
 * embedded metric format, so it needs no call and no agent.
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

/** The context that the lines of one invocation share. */
interface Invocation {
  requestId: string;
  isFirst: boolean;
  traceId: string | undefined;
  noted: Record<string, unknown>;
}

/**
 * Writes events as JSON lines with the field names of Powertools for AWS Lambda. Powertools' logger and metrics would
 * add 38 KB and about 29 ms to a cold start of the list function, which takes less than 100 ms; this module adds 1
 * ms.
 */
export function createLog({
  service,
  stage,
  functionName,
  nowMs,
  write,
  platformTraceId = () => undefined,
}: {
  /** The deployment: a dimension of every metric. */
  service: string;
  /** A dimension too. */
  stage: string;
  functionName: string;
  nowMs: () => number;
  /** Writes one line, including its newline. */
  write: (line: string) => void;
  /** The X-Ray header of the current invocation, for events without a trace id. */
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
    };
    const text = toJson(line);
    const embedded = embeddedMetrics(name, facts);
    if (embedded === undefined) return write(`${text}\n`);
    const { counts, definitions } = embedded;
    write(
      `${text.slice(0, -1)}${counts},"_aws":{"Timestamp":${timestamp},"CloudWatchMetrics":${definitions}}}\n`,
    );
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

/** A fact that cannot be serialized must not fail the request that reports it. */
function toJson(line: Record<string, unknown>): string {
  try {
    return JSON.stringify(line);
  } catch {
    const flat = Object.entries(line).filter(([, value]) => typeof value !== 'object'); // a fact may be circular
    return JSON.stringify(
      Object.fromEntries(
        flat.map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]),
      ),
    );
  }
}

interface EmbeddedMetrics {
  /** `,"held":1`: the members that count the event itself. */
  counts: string;
  /** The value of CloudWatchMetrics. */
  definitions: string;
}

/** As JSON, by the event and which of its metrics it has: every request writes the same. */
const embedded = new Map<string, EmbeddedMetrics>();

function embeddedMetrics(name: string, facts: Partial<ReportedEvent>): EmbeddedMetrics | undefined {
  const units = metrics[name];
  if (units === undefined) return undefined;
  let key = `${name} ${typeof facts['table'] === 'string'}`;
  for (const fact in units) if (units[fact] === 'Events' || Number.isFinite(facts[fact])) key += ` ${fact}`;
  const kept = embedded.get(key);
  if (kept !== undefined) return kept;
  const [, hasTable, ...present] = key.split(' ');
  if (present.length === 0) return undefined;
  const Dimensions = [['service', 'stage'], ...(hasTable === 'true' ? [['service', 'stage', 'table']] : [])];
  const Metrics = present.map((Name) => ({ Name, Unit: units[Name] === 'Events' ? 'Count' : units[Name] }));
  const made = {
    counts: present.map((fact) => (units[fact] === 'Events' ? `,"${fact}":1` : '')).join(''),
    definitions: JSON.stringify([{ Namespace: 'Offload', Dimensions, Metrics }]),
  };
  embedded.set(key, made);
  return made;
}

/** An error and its causes. Errors with a code are logged without their stack. */
function describe(error: unknown, mostCauses = 8): unknown {
  if (!(error instanceof Error))
    return typeof error === 'object' && error !== null ? outlineOf(error) : String(error);
  const { name, message, cause, stack } = error;
  const code = 'code' in error && typeof error.code !== 'object' ? error.code : undefined;
  const told = { name, message, ...(code === undefined ? { stack } : { code }) };
  return cause === undefined || mostCauses === 0 ? told : { ...told, cause: describe(cause, mostCauses - 1) };
}

/**
 * A thrown value that is not an Error: its message and code, or else only its type, because other members may hold
 * secrets.
 */
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
