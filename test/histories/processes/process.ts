import type * as z from 'zod';
import { type FromProcess, ToProcess } from '../messages.ts';

/** This process's channel to its parent. The only argument has the settings as JSON. */
export function openChannel<Settings>(
  schema: z.ZodType<Settings>,
  on: (message: ToProcess) => void,
): { settings: Settings; send: (message: FromProcess) => void; exit: () => Promise<never> } {
  const settings = schema.parse(JSON.parse(process.argv[2] ?? ''));
  process.on('message', (message) => on(ToProcess.parse(message)));
  process.on('SIGINT', () => {}); // the run stops its processes in order after Ctrl-C
  process.on('disconnect', () => process.exit()); // ends with the run
  let sent = Promise.resolve();
  return {
    settings,
    send(message) {
      sent = new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
    },
    /** Resolves when all messages are sent. */
    async exit() {
      await sent;
      process.exit();
    },
  };
}

/** The stable code of an error, for the history. */
export const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error ? String(error.code) : `uncoded: ${String(error)}`;
