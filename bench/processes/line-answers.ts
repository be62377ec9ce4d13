import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Task } from '../process.ts';

/** Runs one request of a task. @returns its outcome, and the body if the task saves it */
export type Request = (
  task: Task,
) => Promise<{ outcome: string; headers?: Record<string, string>; body?: Buffer }>;

const send = (value: object) => writeFileSync(3, `${JSON.stringify(value)}\n`);

/** Answers each line of stdin with a line on descriptor 3, and exits at the end of stdin. */
export async function answerLines(request: Request): Promise<never> {
  process.on('SIGINT', () => {}); // the benchmark stops its processes
  send({ times: [], outcomes: [] });
  for await (const line of createInterface({ input: process.stdin })) {
    const task: Task = JSON.parse(line);
    const times: number[] = [];
    const outcomes = new Set<string>();
    let last: Awaited<ReturnType<Request>> | undefined;
    for (let n = 0; n < (task.requests ?? 1); n += 1) {
      const startMs = performance.now();
      last = await request(task);
      times.push(performance.now() - startMs);
      outcomes.add(last.outcome);
    }
    if (task.save !== undefined) writeFileSync(task.save, last?.body ?? '');
    send({ times, outcomes: [...outcomes], headers: last?.headers ?? {} });
  }
  process.exit(); // an open connection would keep the process alive
}
