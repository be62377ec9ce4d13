import type { Field, SqlParameter } from '@aws-sdk/client-rds-data';

/** A parameter or result value of a statement. Integers beyond 2^53 travel as text: cast them in SQL. */
export type SqlValue = string | number | boolean | null;

/** Named parameters in the Data API's format. A string binds as `text`: cast it in SQL. */
export function toParameters(values: Record<string, SqlValue>): SqlParameter[] {
  return Object.entries(values).map(([name, value]) => ({ name, value: toField(value) }));
}

function toField(value: SqlValue): Field {
  if (value === null) return { isNull: true };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { booleanValue: value };
  return Number.isInteger(value) ? { longValue: value } : { doubleValue: value };
}

/**
 * Parses one field of a result.
 * @throws RangeError for an integer that the SDK has rounded; TypeError for arrays and blobs, which statements here
 * return as text.
 */
export function fromField(field: Field): SqlValue {
  if (field.isNull) return null;
  if (field.stringValue !== undefined) return field.stringValue;
  if (field.booleanValue !== undefined) return field.booleanValue;
  if (field.doubleValue !== undefined) return field.doubleValue;
  if (field.longValue === undefined)
    throw new TypeError('a column is neither text, number nor boolean: cast it to text');
  if (!Number.isSafeInteger(field.longValue)) throw new RangeError('an integer beyond 2^53: cast it to text');
  return field.longValue;
}
