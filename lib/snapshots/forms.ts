import type { TableEntry } from './pointer.ts';

/**
 * The published entry of a form.
 * @param entries the table's entries of all forms
 */
export const entryOf = (entries: readonly TableEntry[] | undefined, form: string): TableEntry | undefined =>
  entries?.find((entry) => entry.form === form);

/**
 * Whether a form's entry is older than another form's: while two releases run side by side, an event refreshes only
 * one release's form. A missing entry is behind too.
 */
export function isBehind(entries: readonly TableEntry[] | undefined, form: string): boolean {
  const entry = entryOf(entries, form);
  return entry === undefined || entry.request !== entries?.[0]?.request;
}
