import { TableDefinitionError } from './check-definition.ts';
import type { Table } from './table.ts';

/**
 * Separate from `defineTable`, for packaging and `check:schema`: the first use of `Intl` takes about 20 ms, too long
 * for a cold start.
 * @throws TableDefinitionError for a time zone that does not exist
 */
export function checkTimeZones(tables: readonly Pick<Table, 'name' | 'timeZone'>[]): void {
  for (const { name, timeZone } of tables) {
    try {
      new Intl.DateTimeFormat('en', { timeZone });
    } catch {
      throw new TableDefinitionError(
        name,
        `timeZone is "${timeZone}", which does not exist: name one like Asia/Tokyo`,
      );
    }
  }
}
