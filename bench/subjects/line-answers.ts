/**
 * The other end of line-process.ts: what the processes share that call a bundled function, or read a table.
 */
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import * as z from 'zod/mini';

const answersFd = 3;

type Handler = (event: unknown, context: object) => Promise<unknown>;
const Module = z.object({ handler: z.custom<Handler>((value) => typeof value === 'function') });

/**
 * Loads a function.
 *
 * @param remainingMs what its context tells, at each call, of the time that it has
 */
export async function handlerOf(bundle: string, remainingMs: number) {
  const { handler } = Module.parse(await import(pathToFileURL(bundle).href));
  const context = { awsRequestId: 'benchmark', getRemainingTimeInMillis: () => remainingMs };
  return (event: unknown) => handler(event, context);
}

/**
 * Says that the process has started, answers each line of standard input by one on descriptor 3, and ends
 * with them.
 */
export async function answerLines(answerTo: (question: unknown) => Promise<object>): Promise<never> {
  const answer = (value: object) => writeFileSync(answersFd, `${JSON.stringify(value)}\n`);
  process.on('SIGINT', () => {}); // Ctrl-C is for the benchmark, which ends its parts
  answer({ started: true });
  for await (const line of createInterface({ input: process.stdin }))
    answer(await answerTo(JSON.parse(line)));
  process.exit(); // a connection that is open would keep it
}
