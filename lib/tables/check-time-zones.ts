import { TableDefinitionError } from './check-definition.ts';
import type { Table } from './table.ts';

/**
 * Apart from `defineTable`, for packaging and `check:schema`: the first use of `Intl` takes some 20 ms, which the start of
 * a function has better use for.
 *
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
