/**
 * Calls a bundled function in its own process: the list function with API Gateway's event, the refresh
 * function with the one that reads the table. Each line of standard input is a batch, `{"variant": "gzip",
 * "requests": 20}`, or a body to keep, `{"variant": "plain", "save": "/a/file"}`; each is answered by a line
 * on descriptor 3, with the statuses that there were, and milliseconds of each request.
 */
import { writeFileSync } from 'node:fs';
import * as z from 'zod/mini';
import reconcile from '../../events/change-webhook.json' with { type: 'json' };
import listEvent from '../../events/list.json' with { type: 'json' };
import { answerLines, handlerOf } from './line-answers.ts';

const remainingMs = 29_000;

const Task = z.object({
  variant: z._default(z.enum(['plain', 'gzip', '304', 'asks DynamoDB', 'reconcile']), 'plain'),
  requests: z._default(z.int(), 1),
  save: z.optional(z.string()),
});
type Variant = z.output<typeof Task>['variant'];

const Reply = z.object({
  statusCode: z.int(),
  headers: z._default(z.record(z.string(), z.string()), {}),
  body: z._default(z.string(), ''),
  isBase64Encoded: z._default(z.boolean(), false),
});
/** A refresh answers no HTTP request: that it published is its 200. */
const Refreshed = z.pipe(
  z.object({ outcome: z.literal('published') }),
  z.transform(() => ({ statusCode: 200, headers: {}, body: '', isBase64Encoded: false })),
);

const call = await handlerOf(process.argv[2] ?? '', remainingMs);

await answerLines(async (task) => {
  const { variant, requests, save } = Task.parse(task);
  const newEvent = await eventsOf(variant);
  const times: number[] = [];
  const replies: unknown[] = [];
  for (let n = 0; n < requests; n += 1) {
    const event = newEvent();
    const startMs = performance.now();
    replies.push(await call(event));
    times.push(performance.now() - startMs);
  }
  const parsed = replies.map((reply) => (variant === 'reconcile' ? Refreshed : Reply).parse(reply));
  const last = parsed.at(-1);
  if (save !== undefined && last !== undefined)
    writeFileSync(save, Buffer.from(last.body, last.isBase64Encoded ? 'base64' : 'utf8'));
  return { statuses: [...new Set(parsed.map(({ statusCode }) => statusCode))], times };
});

/** A new event for each call, as each invocation has one. */
async function eventsOf(variant: Variant): Promise<() => unknown> {
  if (variant === 'reconcile') return () => ({ ...reconcile });
  const more = await headersOf(variant);
  return () => ({ ...listEvent, headers: { ...listEvent.headers, ...more } });
}

async function headersOf(variant: Exclude<Variant, 'reconcile'>): Promise<Record<string, string>> {
  const gzip = { 'accept-encoding': 'gzip' };
  if (variant === 'plain') return {};
  if (variant === 'gzip') return gzip;
  if (variant === 'asks DynamoDB') return { ...gzip, 'cache-control': 'no-cache' };
  const { headers } = Reply.parse(await call({ ...listEvent, headers: { ...listEvent.headers, ...gzip } }));
  return { ...gzip, 'if-none-match': headers['etag'] ?? '' };
}
