import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

/** The address of a part. */
const Addresses = z.object({ url: z.string(), lambdaUrl: z.string().optional() });
export type Addresses = z.infer<typeof Addresses>;

/** A message from a part's process. */
const Reported = z.union([
  z.object({ said: z.string() }),
  z.object({ started: Addresses }),
  z.object({ failed: z.object({ message: z.string(), takenPort: z.number().optional() }) }),
]);
export type Reported = z.infer<typeof Reported>;

export type Running = Addresses & { stop(): Promise<void> };

/** A part's connection to the stack. */
export interface PartContext {
  /** Shows the user a message. */
  say: (text: string) => void;
  /** Reports that the part ended unexpectedly. */
  onEnd: () => void;
  /** Aborted when the part must end, also during its start. */
  signal: AbortSignal;
}

/** Another program uses the port. */
export class PortTaken extends Error {
  readonly port: number;
  constructor(port: number) {
    super(`Port ${port} is in use.`);
    this.port = port;
  }
}

export interface PartOptions {
  /** A file in this folder, and its function that starts the part. */
  module: `./${string}.ts`;
  start: string;
  /** @param before the addresses of the part before its unexpected end, which it must use again */
  options: (before: Addresses | undefined) => object;
  say: (text: string) => void;
  /** Called when the part has ended unexpectedly, before its restart. */
  onEnd: () => void;
  /** Called after a restart, with its duration in ms. */
  onAgain: (addresses: Addresses, ms: number) => void;
}

const firstWaitMs = 200;
const mostWaitMs = 8_000;
/** A part that ends sooner than this is restarted with a delay. */
const stableMs = 10_000;

/**
 * A part of the stack in its own process. It ends when this process ends, even if this process is killed. It is
 * restarted after an unexpected end.
 */
export function createPart({ module, start, options, say, onEnd, onAgain }: PartOptions) {
  const stopping = new AbortController();
  let current: ReturnType<typeof launch> | undefined;
  const begin = (before?: Addresses) => {
    stopping.signal.throwIfAborted();
    current = launch([new URL(module, import.meta.url).href, start], options(before), say);
    return current;
  };

  async function keep(first: ReturnType<typeof launch>, addresses: Addresses) {
    let running = first;
    for (let waitMs = firstWaitMs; ; ) {
      const sinceMs = Date.now();
      await running.exited;
      if (stopping.signal.aborted) return;
      onEnd();
      if (Date.now() - sinceMs > stableMs) waitMs = firstWaitMs;
      running = await again(addresses, waitMs);
      waitMs = Math.min(2 * waitMs, mostWaitMs);
    }
  }

  async function again(before: Addresses, firstMs: number) {
    const startMs = Date.now();
    let told = '';
    for (let waitMs = firstMs; ; waitMs = Math.min(2 * waitMs, mostWaitMs)) {
      await sleep(waitMs, undefined, { signal: stopping.signal, ref: false });
      const next = begin(before);
      try {
        onAgain(await next.started, Date.now() - startMs);
        return next;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (reason !== told) say(reason);
        told = reason;
        await next.exited;
      }
    }
  }

  return {
    /** @throws Error with one sentence. @throws PortTaken */
    async start(): Promise<Addresses> {
      const first = begin();
      const addresses = await first.started;
      keep(first, addresses).catch((error: unknown) => {
        if (!stopping.signal.aborted) throw error;
      });
      return addresses;
    },
    async stop() {
      stopping.abort();
      await current?.stop();
    },
  };
}

/** The time limit for a part's process to end before it is killed: above its own limit of 8 s. */
const mostStopMs = 10_000;

function launch(args: string[], options: object, say: (text: string) => void) {
  const child = fork(fileURLToPath(new URL('part-process.ts', import.meta.url)), args, {
    detached: true, // the part gets no Ctrl-C: the stack stops its parts in order
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.on('error', () => {}); // the event `exit` reports the same
  const exited = once(child, 'exit');
  const started = new Promise<Addresses>((resolve, reject) => {
    child.on('message', (message) => {
      const reported = Reported.parse(message);
      if ('said' in reported) say(reported.said);
      else if ('started' in reported) resolve(reported.started);
      else reject(errorOf(reported.failed));
    });
    void exited.then(() => reject(new Error('The process of the part ended during its start.')));
  });
  // A running part does not keep this process alive, so a test that does not stop the stack still ends.
  started.then(
    () => {
      child.unref();
      child.channel?.unref();
    },
    () => {},
  );
  child.send(options);
  return {
    started,
    exited,
    async stop() {
      child.ref();
      const impatient = setTimeout(() => child.kill('SIGKILL'), mostStopMs);
      if (child.connected) child.disconnect();
      await exited;
      clearTimeout(impatient);
    },
  };
}

const errorOf = ({ message, takenPort }: { message: string; takenPort?: number | undefined }) =>
  takenPort === undefined ? new Error(message) : new PortTaken(takenPort);
