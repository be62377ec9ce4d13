import { ColumnError } from '../tables/column.ts';
import { encodeJson } from '../tables/json-text.ts';
import type { StoredRecord } from '../tables/stored-record.ts';
import type { Column, Table } from '../tables/table.ts';
import { type SourceRow, textsOf } from './row-bytes.ts';
import { RowError } from './table-errors.ts';

/**
 * Makes a function that turns a table's row into a record.
 * @throws RowError from that function
 */
export function recordMaker(table: Table): (row: SourceRow) => StoredRecord {
  const keyAt = table.columns.findIndex(({ name }) => name === table.key.name);
  const members = table.columns.map((column, at) => ({
    column,
    before: `${at === 0 ? '{' : ','}${JSON.stringify(column.name)}:`,
  }));
  return (row) => {
    const texts = textsOf(row);
    const key = texts[keyAt] ?? '';
    const faults: string[] = [];
    let json = '';
    for (const [at, { column, before }] of members.entries()) {
      try {
        json += before + jsonOf(column, texts[at] ?? null);
      } catch (error) {
        if (!(error instanceof ColumnError)) throw error;
        faults.push(`${column.name}: ${error.message}`);
      }
    }
    if (faults.length > 0) throw new RowError(table, key, faults);
    return { key, json: `${json}}`, source: row.hash };
  };
}

function jsonOf(column: Column, text: string | null): string {
  if (text !== null) return encodeJson(column.toJson(text));
  if (column.nullable) return 'null';
  throw new ColumnError('NULL, which the column may not be');
}
