import type { TableEntry } from './pointer.ts';

/** A table as it is published in a form. @param entries the table's, of all forms */
export const entryOf = (entries: readonly TableEntry[] | undefined, form: string): TableEntry | undefined =>
  entries?.find((entry) => entry.form === form);

/**
 * Whether what is published of a form is behind what another form shows: while two releases run side by side, an event
 * refreshes the form of one of them. Nothing of the form is behind, too.
 */
export function isBehind(entries: readonly TableEntry[] | undefined, form: string): boolean {
  const entry = entryOf(entries, form);
  return entry === undefined || entry.request !== entries?.[0]?.request;
}
