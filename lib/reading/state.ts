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
 * Whether a replaced generation may be served. One below `oldest` may not, even if a table still has its content: an operator
 * may have removed that generation because of another table.
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
