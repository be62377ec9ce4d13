import { parseArgs } from 'node:util';

export const usage = `Usage: npm run snapshots -- COMMAND [--stage STAGE] [--json]

  list           print the kept generations, newest first
  show N         print each table of generation N
  diff A B       print the keys of the records that were added, removed and changed from generation A to B
  pin N          serve generation N to all readers, until unpin
  unpin          serve the newest generation again
  forget         delete the history: only the current generation can be requested afterwards
  reset          empty the published state; the next refresh publishes every table anew
  accept TABLE   publish the state of TABLE that mayLose has held back

  --stage STAGE  use this deployed stage, with the AWS credentials in the environment (default: the local stack)
  --json         print one JSON object per line

Exit status: 0, 1 (the state does not allow the command), 2 (usage).`;

export type Action =
  | { name: 'list' | 'unpin' | 'forget' | 'reset' }
  | { name: 'show' | 'pin'; generation: number }
  | { name: 'diff'; from: number; to: number }
  | { name: 'accept'; table: string };

export interface Command {
  action: Action;
  stage: string | undefined;
  json: boolean;
}

export class UsageError extends Error {}

/** @throws UsageError */
export function parseCommand(args: readonly string[]): Command {
  const { values, positionals } = parsed(args);
  const [name, ...operands] = positionals;
  return { action: actionOf(name, operands), stage: values.stage, json: values.json };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { stage: { type: 'string' }, json: { type: 'boolean', default: false } },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function actionOf(name: string | undefined, operands: readonly string[]): Action {
  const [first, second] = operands;
  const takes = (count: number) => {
    if (operands.length !== count)
      throw new UsageError(`${name} takes ${count} argument(s), got ${operands.length}.`);
  };
  switch (name) {
    case 'list':
    case 'unpin':
    case 'forget':
    case 'reset':
      takes(0);
      return { name };
    case 'show':
    case 'pin':
      takes(1);
      return { name, generation: generationOf(first) };
    case 'diff':
      takes(2);
      return { name, from: generationOf(first), to: generationOf(second) };
    case 'accept':
      takes(1);
      return { name, table: first ?? '' };
    default:
      throw new UsageError(name === undefined ? 'A command is missing.' : `Unknown command: ${name}.`);
  }
}

function generationOf(text = ''): number {
  if (!/^[1-9]\d{0,15}$/.test(text))
    throw new UsageError(`A generation is a whole number above 0, got ${text}.`);
  return Number(text);
}
