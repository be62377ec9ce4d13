/**
 * Calls a bundled function in its own process with what API Gateway, or the schedule, would send. Each line of standard
 * input is a batch, `{"variant": "gzip", "requests": 20}`, or a body to keep, `{"variant": "plain", "save": "/a/file"}`;
 * each is answered by a line on descriptor 3, with the status, and milliseconds of each request.
 */
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import * as z from 'zod/mini';
import listEvent from '../../events/list.json' with { type: 'json' };

const answersFd = 3;
const remainingMs = 29_000;

const Task = z.object({
  variant: z._default(z.enum(['plain', 'gzip', '304', 'reconcile']), 'plain'),
  requests: z._default(z.int(), 1),
  save: z.optional(z.string()),
});
type Variant = z.output<typeof Task>['variant'];

type Handler = (event: unknown, context: object) => Promise<unknown>;
const Module = z.object({ handler: z.custom<Handler>((value) => typeof value === 'function') });
/** What answers no HTTP request has no status. */
const Reply = z.object({
  statusCode: z._default(z.int(), 200),
  headers: z._default(z.record(z.string(), z.string()), {}),
  body: z._default(z.string(), ''),
  isBase64Encoded: z._default(z.boolean(), false),
});

const { handler } = Module.parse(await import(pathToFileURL(process.argv[2] ?? '').href));
const answer = (value: object) => writeFileSync(answersFd, `${JSON.stringify(value)}\n`);
const call = (event: unknown) =>
  handler(event, { awsRequestId: 'benchmark', getRemainingTimeInMillis: () => remainingMs });

process.on('SIGINT', () => {}); // Ctrl-C is for the benchmark, which ends its parts
answer({ status: 0, times: [] }); // started
for await (const line of createInterface({ input: process.stdin })) {
  const { variant, requests, save } = Task.parse(JSON.parse(line));
  const times: number[] = [];
  const newEvent = await eventsOf(variant);
  let reply: unknown;
  for (let n = 0; n < requests; n += 1) {
    const event = newEvent();
    const startMs = performance.now();
    reply = await call(event);
    times.push(performance.now() - startMs);
  }
  const { statusCode, body, isBase64Encoded } = Reply.parse(reply);
  if (save !== undefined) writeFileSync(save, Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
  answer({ status: statusCode, times });
}

/** A new event for each call, as each invocation has one. */
async function eventsOf(variant: Variant): Promise<() => unknown> {
  if (variant === 'reconcile') return () => ({ source: 'offload', reconcile: true });
  const more = await headersOf(variant);
  return () => ({ ...listEvent, headers: { ...listEvent.headers, ...more } });
}

async function headersOf(variant: Exclude<Variant, 'reconcile'>): Promise<Record<string, string>> {
  const gzip = { 'accept-encoding': 'gzip' };
  if (variant === 'plain') return {};
  if (variant === 'gzip') return gzip;
  const { headers } = Reply.parse(await call({ ...listEvent, headers: { ...listEvent.headers, ...gzip } }));
  return { ...gzip, 'if-none-match': headers['etag'] ?? '' };
}
