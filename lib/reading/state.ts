import { entryOf as entryIn, isBehind } from '../snapshots/forms.ts';
import { answeredGeneration, type Pointer, type TableEntry, type Tables } from '../snapshots/pointer.ts';
import type { Table } from '../tables/table.ts';

/** What a container answers: a pointer, and the tables of the generation that it has readers answer. */
export interface State {
  pointer: Pointer;
  /** Of the pinned generation, where one is pinned. */
  tables: Tables;
}

/** The entry of the deployed form: one of another form is never served. */
export const entryOf = ({ tables }: Pick<State, 'tables'>, { name, form }: Table): TableEntry | undefined =>
  entryIn(tables[name], form);

/** Whether a refresh is due: nothing of the form is published, or another form has been read again and this one not yet. */
export const isDue = ({ tables }: State, { name, form }: Table) => isBehind(tables[name], form);

/** Whether the last refresh of the deployed forms has left the table out: its entry is of an earlier read than another's. */
export function isFrozen(state: State, table: Table, dataset: readonly Table[]): boolean {
  const own = parseRequest(entryOf(state, table)?.request);
  return dataset.some((other) => {
    const request = parseRequest(entryOf(state, other)?.request);
    return request.incarnation === own.incarnation && request.requested > own.requested;
  });
}

/** `incarnation requested`, and what ran during the read: requests are ordered within an incarnation. */
function parseRequest(request = '') {
  const [incarnation = '', requested = '0'] = request.split(' ');
  return { incarnation, requested: Number(requested) };
}

/**
 * Whether a generation that has been replaced may be named. One that only an entry is of still, below the oldest, is
 * not: the entry's own list is the current one, and the other tables' lists of then may be those that were to be forgotten.
 */
export const isKept = ({ pointer }: State, generation: number) =>
  generation >= pointer.oldest || generation === pointer.pin;

/** Whether an entry is of this generation: then it was published. */
export const isNamed = ({ pointer, tables }: State, generation: number) =>
  [tables, pointer.tables].some((named) =>
    Object.values(named)
      .flat()
      .some((entry) => entry.changed === generation || entry.generation === generation),
  );

export const answeredBy = ({ pointer }: State) => answeredGeneration(pointer);
