import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';
import { type Container, startContainer } from './function-container.ts';
import { type About, failure, LambdaRefusal, maxEventBytes, type Outcome } from './invocation.ts';
import type { FunctionDefinition } from './service.ts';

/** Lambda's default concurrency of an account. */
const mostAtOnce = 1_000;

export interface LambdaFunction {
  /** @throws LambdaRefusal */
  invoke(event: string, about?: About): Promise<Outcome>;
  /**
   * Loads another bundle. Invocations in progress finish with the old bundle.
   * @throws Error if it cannot be loaded
   */
  replace(file: string): Promise<void>;
  stop(): Promise<void>;
}

interface FunctionOptions {
  definition: FunctionDefinition;
  file: string;
  log: Writable;
  /** Called when a process ends unexpectedly. */
  onEnd: () => void;
}

/**
 * A function, in a process that runs several invocations concurrently. A process that ends, or exceeds its timeout,
 * is replaced.
 * @throws Error with the module's error, if loading it failed
 */
export async function startFunction(options: FunctionOptions): Promise<LambdaFunction> {
  const { definition } = options;
  const containers = await startContainers(options);
  let atOnce = 0;

  async function run(event: string, { requestId = randomUUID(), clientContext }: About): Promise<Outcome> {
    let container: Container;
    try {
      container = await containers.inUse();
    } catch (error) {
      return failure('Runtime.ImportModuleError', error instanceof Error ? error.message : String(error));
    }
    const deadlineMs = Date.now() + definition.timeoutMs;
    const outcome = await container.run({ id: requestId, event, deadlineMs, clientContext });
    if (outcome.timedOut) containers.renew(container);
    return outcome;
  }

  return {
    async invoke(event, about = {}) {
      if (Buffer.byteLength(event) > maxEventBytes)
        throw new LambdaRefusal(
          413,
          'RequestTooLargeException',
          `${Buffer.byteLength(event)} byte payload is too large for the RequestResponse invocation type (limit ${maxEventBytes} bytes)`,
        );
      if (atOnce >= mostAtOnce) throw new LambdaRefusal(429, 'TooManyRequestsException', 'Rate Exceeded.');
      atOnce += 1;
      return run(event, about).finally(() => {
        atOnce -= 1;
      });
    },
    replace: containers.replace,
    stop: containers.stop,
  };
}

/** The current container of a function, and earlier ones that finish their invocations. */
async function startContainers({ definition, file: firstFile, log, onEnd }: FunctionOptions) {
  let file = firstFile;
  let stopped = false;
  const containers = new Set<Container>();
  let current = start(file);
  await current;

  async function start(from: string) {
    const container = await startContainer(definition, from, log);
    const startMs = Date.now();
    if (stopped) await container.retire(0);
    containers.add(container);
    void container.ended.then(() => {
      const wasInUse = containers.delete(container);
      if (stopped || !wasInUse) return;
      onEnd();
      // A process that ended right after its start is restarted only by the next invocation, to avoid a restart loop.
      startAgain(
        Date.now() - startMs < 1_000 ? Promise.reject(new Error('it ended after its start')) : undefined,
      );
    });
    return container;
  }

  /** The next invocation retries a failed start. */
  function startAgain(next = start(file)) {
    current = next;
    current.catch(() => {});
  }

  function retire(container: Container) {
    containers.delete(container);
    void container.retire(definition.timeoutMs);
  }

  return {
    async inUse() {
      const used = current;
      return used.catch(() => {
        if (current === used) startAgain();
        return current;
      });
    },
    /** Replaces a container, unless it was replaced already. */
    renew(container: Container) {
      if (!containers.has(container)) return;
      retire(container);
      startAgain();
    },
    async replace(next: string) {
      const before = await current.catch(() => undefined);
      const after = await start(next);
      file = next;
      current = Promise.resolve(after);
      if (before !== undefined && containers.has(before)) retire(before);
    },
    async stop() {
      stopped = true;
      await Promise.all([...containers].map((container) => container.retire(0)));
    },
  };
}
