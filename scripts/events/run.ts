import { parseArgs } from 'node:util';
import { parseFailedEvent } from './failed-event.ts';

export const usage = `Usage: npm run events -- list|redrive|purge --stage STAGE [--most N] [--yes]

  list      print the failed events with their errors; the queue keeps them
  redrive   invoke the refresh function with each event; delete the events that succeed
  purge     delete all messages of the queue; requires --yes

  --most N  the most messages to read, 1 to 99999 (default 100)

Exit status: 0, 1 (an event failed again), 2 (usage).`;

/** The queue of a stage, and its refresh function. */
export interface FailedEvents {
  /** Receives at most ten messages, hidden from other receivers for 310 s; none if the queue is empty. */
  receive: () => Promise<{ body: string; receipt: string }[]>;
  remove: (receipt: string) => Promise<void>;
  purge: () => Promise<void>;
  /** @throws if the function fails */
  invoke: (event: unknown) => Promise<void>;
  /** For a message about stream records, which lacks the records: one refresh covers all of them. */
  refresh: () => Promise<void>;
}

export async function run(
  args: readonly string[],
  {
    connect,
    write,
    writeError,
  }: {
    connect: (stage: string) => Promise<FailedEvents>;
    write: (line: string) => void;
    writeError: (line: string) => void;
  },
): Promise<0 | 1 | 2> {
  const command = commandOf(args);
  if (command === undefined) {
    writeError(usage);
    return 2;
  }
  const queue = await connect(command.stage);
  if (command.name === 'purge') {
    await queue.purge();
    write('SQS empties the queue within a minute.');
    return 0;
  }
  let [seen, failed] = [0, 0];
  while (seen < command.most) {
    const messages = await queue.receive();
    if (messages.length === 0) break;
    for (const { body, receipt } of messages.slice(0, command.most - seen)) {
      seen += 1;
      const { at, condition, error, event } = parseFailedEvent(body);
      write([at, condition, error, JSON.stringify(event) ?? ''].filter((text) => text !== '').join('  '));
      if (command.name === 'list') continue;
      try {
        await (event === undefined ? queue.refresh() : queue.invoke(event));
        await queue.remove(receipt);
      } catch (cause) {
        failed += 1;
        writeError(
          `The event failed again and stays in the queue: ${cause instanceof Error ? cause.message : String(cause)}`,
        );
      }
    }
  }
  const done = command.name === 'list' ? 'in the queue' : `redriven, ${failed} failed again`;
  write(`${command.name === 'list' ? seen : seen - failed} ${done}.`);
  return failed > 0 ? 1 : 0;
}

function commandOf(args: readonly string[]) {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        stage: { type: 'string' },
        most: { type: 'string', default: '100' },
        yes: { type: 'boolean', default: false },
      },
    });
    const [name, ...rest] = positionals;
    const { stage, most, yes } = values;
    const isKnown = name === 'list' || name === 'redrive' || (name === 'purge' && yes);
    if (!isKnown || rest.length > 0 || stage === undefined || !/^[1-9]\d{0,4}$/.test(most)) return undefined;
    return { name, stage, most: Number(most) };
  } catch {
    return undefined;
  }
}
