/** The process of one part of the stack: starts the part, and stops it when the stack or the parent process ends. */
import type { PartContext, Reported, Running } from './part.ts';

/** The time limit for a part to stop. PostgreSQL takes the longest: it is killed after 6 s. */
const mostStopMs = 8_000;

const [, , module = '', start = ''] = process.argv;
const send = (message: Reported) => {
  // The parent may have just ended.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
};
const stopping = new AbortController();
const context: PartContext = {
  say: (said) => send({ said }),
  onEnd: () => stopping.signal.aborted || process.exit(1),
  signal: stopping.signal,
};

process.once('message', (options) => {
  const starting = begin(options);
  const stop = async () => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    setTimeout(() => process.exit(1), mostStopMs);
    await starting.then((part) => part?.stop());
    process.exit();
  };
  process.on('disconnect', stop);
  // Ctrl-C does not reach this process, because the stack stops its parts in order.
  process.on('SIGTERM', stop);
});

async function begin(options: unknown): Promise<Running | undefined> {
  try {
    const starts: Record<string, (options: unknown, context: PartContext) => Promise<Running>> = await import(
      module
    );
    const part = await starts[start]?.(options, context);
    if (part === undefined) throw new TypeError(`${module} does not export ${start}`);
    const { stop: _, ...addresses } = part;
    send({ started: addresses });
    return part;
  } catch (error) {
    send({ failed: reasonOf(error) });
    if (!process.connected) return undefined;
    process.disconnect();
    return undefined;
  }
}

/** Reports a port in use by its number, so that the stack can name the setting. */
function reasonOf(error: unknown) {
  if (!(error instanceof Error)) return { message: String(error) };
  const isTaken = 'code' in error && error.code === 'EADDRINUSE' && 'port' in error;
  return { message: error.message, ...(isTaken ? { takenPort: Number(error.port) } : {}) };
}
