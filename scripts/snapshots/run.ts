import { CodedError } from '../../lib/errors.ts';
import { type Difference, differenceOf } from '../../lib/publishing/difference.ts';
import {
  accept,
  forget,
  type ListedGeneration,
  listGenerations,
  type OperatorDeps,
  pin,
  readGeneration,
  reset,
  unpin,
} from '../../lib/publishing/operator.ts';
import type { Pointer, TableEntry, Tables } from '../../lib/snapshots/pointer.ts';
import { readTables } from '../../lib/stores/read-manifest.ts';
import { type Command, parseCommand, UsageError, usage } from './command.ts';

/** One line of output: as text, and for `--json`. */
interface Line {
  text: string;
  json: Record<string, unknown>;
}

/**
 * Runs one command.
 * @param connect opens the stores of a stage; undefined: of the local stack
 * @returns the exit status
 */
export async function run(
  args: readonly string[],
  {
    connect,
    write,
    writeError,
  }: {
    connect: (stage: string | undefined) => Promise<OperatorDeps>;
    write: (line: string) => void;
    writeError: (line: string) => void;
  },
): Promise<0 | 1 | 2> {
  let command: Command;
  try {
    command = parseCommand(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    writeError(`${error.message}\n\n${usage}`);
    return 2;
  }
  try {
    const deps = await connect(command.stage);
    for await (const { text, json } of linesOf(deps, command))
      write(command.json ? JSON.stringify(json) : text);
    return 0;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const { code, message } = error;
    writeError(command.json ? JSON.stringify({ code, message }) : message);
    return 1;
  }
}

async function* linesOf(deps: OperatorDeps, { action, stage }: Command): AsyncGenerator<Line> {
  switch (action.name) {
    case 'list':
      for await (const one of listGenerations(deps)) yield lineOf(one);
      return;
    case 'show':
      yield* show(deps, action.generation);
      return;
    case 'diff':
      yield* diff(deps, action.from, action.to);
      return;
    case 'pin':
      yield done(await pin(deps, action.generation), `Generation ${action.generation} is pinned.`);
      return;
    case 'unpin':
      yield done(await unpin(deps), 'Readers get the newest generation again.');
      return;
    case 'reset':
      yield done(await reset(deps), 'Nothing is published until the next refresh.');
      return;
    case 'accept':
      yield done(await accept(deps, action.table), `The held state of ${action.table} is published.`);
      return;
    case 'forget':
      yield done(await forget(deps), afterForget(stage));
  }
}

const afterForget = (stage = 'STAGE') =>
  [
    'History begins at the current generation. Every container applies this within freshForMs.',
    `To delete the old blobs: npx sls invoke -f sweep --stage ${stage}`,
    'To empty a CDN:          aws cloudfront create-invalidation --distribution-id ID --paths "/*"',
  ].join('\n');

const done = ({ generation, oldest, pin }: Pointer, text: string): Line => ({
  text,
  json: { generation, oldest, ...(pin === undefined ? {} : { pin }) },
});

function lineOf({ generation, isCurrent, isAnswered, isPinned, tables }: ListedGeneration): Line {
  const marks = [isCurrent && 'current', isPinned && 'pinned', isAnswered && 'answered'].filter(Boolean);
  const summaries = Object.entries(tables ?? {}).map(([name, entries]) => ({ name, entry: entries[0] }));
  const rows = summaries.map(({ name, entry }) => {
    const held = entry?.held === undefined ? '' : ` (held: ${entry.held.count})`;
    return `${name} ${entry?.count ?? 0}${held}`;
  });
  return {
    text: [generation, new Date(generation).toISOString(), ...rows, ...marks].join('  '),
    json: {
      generation,
      current: isCurrent,
      pinned: isPinned,
      answered: isAnswered,
      tables: tables === undefined ? null : Object.fromEntries(summaries.map(tableOf)),
    },
  };
}

const tableOf = ({ name, entry }: { name: string; entry: TableEntry | undefined }) => [
  name,
  { count: entry?.count ?? 0, etag: entry?.etag ?? null, held: entry?.held?.count ?? null },
];

async function* show(deps: OperatorDeps, generation: number): AsyncGenerator<Line> {
  const tables = await readTables(deps.blobs, await readGeneration(deps, generation));
  for (const [table, entries] of Object.entries(tables))
    for (const { form, etag, count, bytes, snapshot, changed, held } of entries) {
      const facts = { count, bytes, etag, changed, moment: snapshot, form };
      yield {
        text: [table, ...Object.entries(facts).map(([name, value]) => `  ${name.padEnd(9)}${value}`)]
          .concat(held === undefined ? [] : [`  held     ${held.count} rows, at the moment ${held.snapshot}`])
          .join('\n'),
        json: { table, ...facts, ...(held === undefined ? {} : { held: { count: held.count } }) },
      };
    }
}

/** The most keys in a line of text; `--json` prints all keys. */
const mostKeys = 20;

async function* diff(deps: OperatorDeps, from: number, to: number): AsyncGenerator<Line> {
  const tablesOf = async (generation: number): Promise<Tables> =>
    readTables(deps.blobs, await readGeneration(deps, generation));
  const [before, after] = await Promise.all([tablesOf(from), tablesOf(to)]);
  for (const table of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const difference = await differenceOf(deps.blobs, before[table]?.[0], after[table]?.[0]);
    const kinds: (keyof Difference)[] = ['added', 'removed', 'changed'];
    yield {
      text: [
        table,
        ...kinds.map((kind) => {
          const keys = difference[kind];
          const more = keys.length > mostKeys ? ', …' : '';
          return `  ${kind.padEnd(8)} ${keys.length}${keys.length === 0 ? '' : `: ${keys.slice(0, mostKeys).join(', ')}${more}`}`;
        }),
      ].join('\n'),
      json: { table, from, to, ...difference },
    };
  }
}
