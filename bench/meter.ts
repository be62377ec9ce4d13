import * as z from 'zod';
import { passOn } from '../local/pass-on.ts';
import { serve } from '../local/serve.ts';

/** One call to DynamoDB. Times are of `performance.now()`. */
export interface Call {
  operation: string;
  body: string;
  startMs: number;
  endMs: number;
  /** The capacity units that DynamoDB reports. */
  units: number;
}

export interface Meter {
  /** The address that functions call instead of DynamoDB's. */ url: string;
  /** The calls since the last `take`. */
  take(): Call[];
  stop(): Promise<void>;
}

const Body = z.looseObject({});
const Units = z.object({ CapacityUnits: z.number() });
const Consumed = z.union([Units, z.array(Units)]).default([]);

/** A proxy that adds ReturnConsumedCapacity to each call. A failed condition reports none and counts as one unit. */
export async function startMeter(target: string): Promise<Meter> {
  let calls: Call[] = [];
  const server = await serve(0, { maxRequestBytes: 32 * 1024 * 1024 }, async (request, response) => {
    const startMs = performance.now();
    const body = request.body.toString();
    const asked = JSON.stringify({ ...Body.parse(JSON.parse(body)), ReturnConsumedCapacity: 'TOTAL' });
    const answer = await passOn(target, request, asked);
    const { ConsumedCapacity, ...rest } = Body.parse(JSON.parse(answer.body.toString()));
    const reported = [Consumed.parse(ConsumedCapacity)].flat();
    const units = answer.status === 200 ? reported.reduce((sum, one) => sum + one.CapacityUnits, 0) : 1;
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    calls.push({ operation, body, startMs, endMs: performance.now(), units });
    response
      .writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' })
      .end(JSON.stringify(rest));
  });
  return {
    url: server.url,
    take() {
      const taken = calls;
      calls = [];
      return taken;
    },
    stop: server.stop,
  };
}

const isRead = ({ operation }: Call) => /^(BatchGetItem|GetItem|Query|Scan)$/.test(operation);

/** The units of the calls by kind; deletes are counted apart from other writes. */
export function unitsOf(calls: readonly Call[]) {
  const sum = (some: readonly Call[]) => some.reduce((total, { units }) => total + units, 0);
  const deletes = calls.filter(({ operation }) => operation === 'DeleteItem');
  const writes = calls.filter((call) => !isRead(call) && !deletes.includes(call));
  return { calls: calls.length, read: sum(calls.filter(isRead)), write: sum(writes), delete: sum(deletes) };
}

/** Groups the calls by overlap in time. */
export function groupsOf(calls: readonly Call[]): Call[][] {
  const groups: Call[][] = [];
  let endMs = Number.NEGATIVE_INFINITY;
  for (const call of calls.toSorted((a, b) => a.startMs - b.startMs)) {
    if (call.startMs < endMs) groups.at(-1)?.push(call);
    else groups.push([call]);
    endMs = Math.max(endMs, call.endMs);
  }
  return groups;
}
