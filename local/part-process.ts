/** The process of one part of the stack: it starts the part, and ends it when the stack, or whoever started this, is gone. */
import type { PartContext, Reported, Running } from './part.ts';

/** The longest that a part may take to end. PostgreSQL, which takes longest, ends within 6 s by force. */
const mostStopMs = 8_000;

const [, , module = '', start = ''] = process.argv;
const send = (message: Reported) => {
  // The one who started this may be gone in this moment.
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
  // A terminal's Ctrl-C does not come here: the stack ends its parts in order.
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

/** A port that is taken is told by its number, so that the stack can name what sets it. */
function reasonOf(error: unknown) {
  if (!(error instanceof Error)) return { message: String(error) };
  const isTaken = 'code' in error && error.code === 'EADDRINUSE' && 'port' in error;
  return { message: error.message, ...(isTaken ? { takenPort: Number(error.port) } : {}) };
}
