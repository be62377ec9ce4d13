import type { FieldDef } from 'pg';
import { ApiError } from './api-error.ts';
import type { ColumnType } from './column-types.ts';
import { fieldJson, formattedJson, type ResultOptions } from './field-json.ts';
import type { Limits } from './limits.ts';
import { valueBytes } from './row-bytes.ts';

export interface Rows {
  fields: FieldDef[];
  /** Those of the fields, in the same order. */
  types: ColumnType[];
  rows: (string | null)[][];
}

/**
 * The JSON text of `records`.
 *
 * @throws ApiError when a row is too large or contains a value that the service does not return.
 */
export function recordsJson(all: Rows, options: ResultOptions, limits: Limits): string {
  const encode = (row: (string | null)[]) =>
    `[${row.map((text, i) => fieldJson(text, typeAt(all.types, i), options))}]`;
  return listJson(all, encode, limits);
}

/** The JSON text of `formattedRecords`: a string that is itself JSON. */
export function formattedRecordsJson(all: Rows, options: ResultOptions, limits: Limits): string {
  const labels = all.fields.map(({ name }) => name);
  if (new Set(labels).size < labels.length) {
    throw new ApiError('UnsupportedResultException', 'The result contains duplicate column labels.');
  }
  const keys = labels.map((label) => JSON.stringify(label));
  const encode = (row: (string | null)[]) =>
    `{${row.map((text, i) => `${keys[i]}:${formattedJson(text, typeAt(all.types, i), options)}`)}}`;
  return JSON.stringify(listJson(all, encode, limits));
}

export function oversizedResponse({ maxResponseBytes, oversizedResponseError }: Limits): ApiError {
  const message =
    oversizedResponseError === 'BadRequestException'
      ? 'Database returned more than the allowed response size limit'
      : `The result exceeds the size limit ${maxResponseBytes / 1024 ** 2} MB.`;
  return new ApiError(oversizedResponseError, message, { losesTransaction: true });
}

function listJson(
  { fields, rows }: Rows,
  encode: (row: (string | null)[]) => string,
  { maxRowBytes }: Limits,
) {
  const encoded = rows.map((row) => {
    const bytes = valueBytes(row, fields);
    if (maxRowBytes !== false && bytes > maxRowBytes) throw oversizedRow(bytes, maxRowBytes);
    return encode(row);
  });
  return `[${encoded}]`;
}

function oversizedRow(bytes: number, maxRowBytes: number): ApiError {
  return new ApiError('BadRequestException', `Packet for query is too large (${bytes} > ${maxRowBytes})`, {
    losesTransaction: true,
  });
}

function typeAt(types: ColumnType[], index: number): ColumnType {
  const type = types[index];
  if (type === undefined) throw new Error(`a row has no column ${index}`);
  return type;
}
