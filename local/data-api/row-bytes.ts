import type { FieldDef } from 'pg';

const byteaOid = 17;

/** Bytes of each of a row's values: the text in UTF-8, or for a bytea the bytes that its hexadecimal text means. */
export function valueBytes(row: (string | null)[], fields: Pick<FieldDef, 'dataTypeID'>[]): number {
  return row.reduce((sum, text, i) => {
    if (text === null) return sum;
    return (
      sum + (fields[i]?.dataTypeID === byteaOid ? (text.length - '\\x'.length) / 2 : Buffer.byteLength(text))
    );
  }, 0);
}

/** Bytes that a row adds to the size of a response, as the service counts it: 2, 4 for each column, and its values. */
export function rowBytes(row: (string | null)[], fields: Pick<FieldDef, 'dataTypeID'>[]): number {
  return 2 + 4 * row.length + valueBytes(row, fields);
}
