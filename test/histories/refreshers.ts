import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerSettings } from './container.ts';
import type { LineOf } from './line.ts';
import type { Call, FromProcess } from './messages.ts';
import { monotonicMs } from './monotonic.ts';
import { type StartedProcess, startProcess } from './started-process.ts';

/** The time limit of a refresh, which bounds the lease of a killed one. */
export const timeoutMs = 1_500;

export type Refreshers = ReturnType<typeof startRefreshers>;

/** Containers of the refresh function or the sweep, as in Lambda: each can be called, and can end before it answers. */
export function startRefreshers({
  containers,
  random,
  on,
  called = 'refresher',
}: {
  /** The settings of each. */
  containers: readonly ContainerSettings[];
  random: () => number;
  on: (line: LineOf<'refresh' | 'sweep' | 'mishap'>) => void;
  called?: string;
}) {
  const calls = new Map<number, { process: StartedProcess; over: (done: boolean) => void }>();
  let lastId = 0;
  let started = 0;
  const processes = containers.map((container) => start(container));

  function start(container: ContainerSettings): StartedProcess {
    started += 1;
    const name = `${called} ${started}`;
    const process = startProcess('refresher', name, { name, container, timeoutMs }, hear);
    void process.exited.then(() => {
      for (const { process: called, over } of calls.values()) if (called === process) over(false);
    });
    return process;
  }

  function hear(message: FromProcess) {
    if (message.type === 'line' && (message.line.kind === 'refresh' || message.line.kind === 'sweep'))
      on(message.line);
    if (message.type === 'done') calls.get(message.id)?.over(!message.failed);
  }

  const anyOf = () => Math.floor(random() * processes.length);

  /** @returns whether the call succeeded */
  async function once(call: Call['call'], xids: string[]): Promise<boolean> {
    const process = processes[anyOf()];
    await process?.ready;
    if (process === undefined || !process.isAlive()) return false;
    lastId += 1;
    const id = lastId;
    const done = new Promise<boolean>((over) => calls.set(id, { process, over }));
    process.tell({ type: 'call', id, call, xids });
    return done.finally(() => calls.delete(id));
  }

  return {
    ready: () => Promise.all(processes.map(({ ready }) => ready)),
    once,

    /** Delivers an event like Lambda: sometimes late, sometimes twice, and with retries until it succeeds. */
    async deliver(xid: string) {
      if (random() < 0.3) await sleep(random() * 100);
      if (random() < 0.05) void once('event', [xid]);
      for (let pauseMs = 250; !(await once('event', [xid])); pauseMs = Math.min(4_000, pauseMs * 2))
        await sleep(pauseMs * (0.5 + random()));
    },

    /** Kills a container without cleanup, and starts another. */
    async kill() {
      const at = anyOf();
      const [victim, container] = [processes[at], containers[at]];
      if (victim === undefined || container === undefined) return;
      victim.child.kill('SIGKILL');
      await victim.exited;
      on({ kind: 'mishap', what: 'killed', process: victim.name, atMs: monotonicMs() });
      processes[at] = start(container);
    },

    /** Suspends a container like a frozen one, then resumes it. */
    async freeze(ms: number) {
      const victim = processes[anyOf()];
      if (victim === undefined) return;
      victim.child.kill('SIGSTOP');
      on({ kind: 'mishap', what: 'frozen', process: victim.name, atMs: monotonicMs() });
      await sleep(ms);
      victim.child.kill('SIGCONT');
      on({ kind: 'mishap', what: 'thawed', process: victim.name, atMs: monotonicMs() });
    },

    async stop() {
      for (const { child } of processes) child.kill('SIGKILL');
      await Promise.all(processes.map(({ exited }) => exited));
    },
  };
}
