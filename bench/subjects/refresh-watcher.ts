/**
 * Asks for the list again and again, until it has what is looked for:
 *
 *     refresh-watcher.mjs function <bundle>    of the list function, which is in this process
 *     refresh-watcher.mjs http <url>           of a server
 *
 * Each line of standard input is `{"wanted": "a text", "headers": {…}}`; each is answered by a line on
 * descriptor 3 with the moment of the first answer that has it, in ms of the system's monotonic clock, which
 * is the same for all processes, and with the number of requests that it took.
 */
import { get as httpGet, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import listEvent from '../../events/list.json' with { type: 'json' };
import { answerLines, handlerOf } from './line-answers.ts';

/** Between two requests, so that whoever makes the list new has a processor too. */
const pauseMs = 5;
const mostMs = 30_000;

const Question = z.object({ wanted: z.string(), headers: z.record(z.string(), z.string()) });
type Headers = z.output<typeof Question>['headers'];
const Reply = z.object({ statusCode: z.literal(200), body: z.string(), isBase64Encoded: z.literal(false) });

/** The ways to the list. */
const ways: Record<string, (argument: string) => Promise<(headers: Headers) => Promise<string>>> = {
  async function(bundle) {
    const call = await handlerOf(bundle, mostMs);
    return async (headers) => {
      const event = { ...listEvent, headers: { ...listEvent.headers, ...headers } };
      return Reply.parse(await call(event)).body;
    };
  },

  http: async (url) => async (headers) => {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      httpGet(url, { headers }, resolve).once('error', reject);
    });
    if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}`);
    return text(response);
  },
};

const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6;
const [way = '', argument = ''] = process.argv.slice(2);
const list = await ways[way]?.(argument);
if (list === undefined) throw new Error(`there is no way called ${way}`);

await answerLines(async (question) => {
  const { wanted, headers } = Question.parse(question);
  const startMs = monotonicMs();
  let requests = 1;
  for (; !(await list(headers)).includes(wanted); requests += 1) {
    if (monotonicMs() - startMs > mostMs) throw new Error(`the list has no "${wanted}" after ${mostMs} ms`);
    await sleep(pauseMs);
  }
  return { seenAtMs: monotonicMs(), requests };
});
