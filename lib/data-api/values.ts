import type { Field, SqlParameter } from '@aws-sdk/client-rds-data';

/** A value as a statement takes or gives it. Integers beyond 2^53 travel as text: cast them in SQL. */
export type SqlValue = string | number | boolean | null;

/** Named parameters, in the form that the Data API takes them. A string binds as `text`: cast it in SQL. */
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
 * One field of an answer.
 *
 * @throws RangeError for an integer that the SDK has already rounded, TypeError for arrays and blobs,
 * which a statement here returns as text.
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
