/** The process of one part of the stack: it starts the part, and ends it with the stack or its parent process. */
import type { PartContext, Reported, Running } from './part.ts';

/** The time limit for the end of a part. PostgreSQL takes longest; after 6 s it is killed. */
const mostStopMs = 8_000;

const [, , module = '', start = ''] = process.argv;
const send = (message: Reported) => {
  // The parent may have ended at this moment.
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
  // A terminal's Ctrl-C does not arrive here: the stack ends its parts in order.
  process.on('SIGTERM', stop);
});

async function begin(options: unknown): Promise<Running | undefined> {
  try {
    const starts: Record<string, (options: unknown, context: PartContext) => Promise<Running>> = await import(
      module
    );
    const part = await starts[start]?.(options, context);
    if (part === undefined) throw new TypeError(`${module} has no ${start}`);
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

/** A port in use is reported by its number, so that the stack can name its setting. */
function reasonOf(error: unknown) {
  if (!(error instanceof Error)) return { message: String(error) };
  const isTaken = 'code' in error && error.code === 'EADDRINUSE' && 'port' in error;
  return { message: error.message, ...(isTaken ? { takenPort: Number(error.port) } : {}) };
}
