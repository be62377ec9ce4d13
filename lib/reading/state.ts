import { entryOf as entryIn, isBehind } from '../snapshots/forms.ts';
import { answeredGeneration, type Pointer, type TableEntry, type Tables } from '../snapshots/pointer.ts';
import type { Table } from '../tables/table.ts';

/** What a container answers from: a pointer, and the tables of the generation that it selects. */
export interface State {
  pointer: Pointer;
  /** The pinned generation's tables, if one is pinned. */
  tables: Tables;
}

/** The entry of the deployed form; entries of other forms are never served. */
export const entryOf = ({ tables }: Pick<State, 'tables'>, { name, form }: Table): TableEntry | undefined =>
  entryIn(tables[name], form);

/** Whether a refresh is due: this form is not published, or another form was read more recently. */
export const isDue = ({ tables }: State, { name, form }: Table) => isBehind(tables[name], form);

/**
 * Whether a replaced generation may be served. A generation below `oldest` may still have an entry, but the entry's
 * list is the current one, and the other tables' lists of that generation may be those that an operator removed.
 */
export const isKept = ({ pointer }: State, generation: number) =>
  generation >= pointer.oldest || generation === pointer.pin;

/** Whether an entry belongs to this generation, which proves that it was published. */
export const isNamed = ({ pointer, tables }: State, generation: number) =>
  [tables, pointer.tables].some((named) =>
    Object.values(named)
      .flat()
      .some((entry) => entry.changed === generation || entry.generation === generation),
  );

export const answeredBy = ({ pointer }: State) => answeredGeneration(pointer);
