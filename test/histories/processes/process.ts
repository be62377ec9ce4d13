import type * as z from 'zod';
import { type FromProcess, ToProcess } from '../messages.ts';

/** This process' side of the channel to the one that started it. The settings are its one argument, as JSON. */
export function openChannel<Settings>(
  schema: z.ZodType<Settings>,
  on: (message: ToProcess) => void,
): { settings: Settings; send: (message: FromProcess) => void; exit: () => Promise<never> } {
  const settings = schema.parse(JSON.parse(process.argv[2] ?? ''));
  process.on('message', (message) => on(ToProcess.parse(message)));
  process.on('SIGINT', () => {}); // Ctrl-C is for the run, which ends its processes in order
  process.on('disconnect', () => process.exit()); // nothing outlives the run
  let sent = Promise.resolve();
  return {
    settings,
    send(message) {
      sent = new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
    },
    /** When everything is said. */
    async exit() {
      await sent;
      process.exit();
    },
  };
}

/** The stable code of an error; for the history. */
export const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error ? String(error.code) : `uncoded: ${String(error)}`;
