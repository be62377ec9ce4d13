import { ApiError } from './api-error.ts';
import type { ColumnType } from './column-types.ts';
import { fieldJson, formattedJson, hexBytes, type ResultOptions } from './field-json.ts';
import type { Limits } from './limits.ts';

export interface Rows {
  labels: string[];
  types: ColumnType[];
  rows: (string | null)[][];
}

type SizeLimits = Pick<Limits, 'maxResponseBytes' | 'maxRowBytes' | 'oversizedResponseError'>;

/**
 * The JSON text of `records`.
 *
 * @throws ApiError when a row or all of them are too large, or hold what the service does not return.
 */
export function recordsJson({ types, rows }: Rows, options: ResultOptions, limits: SizeLimits): string {
  const encode = (row: (string | null)[]) =>
    `[${row.map((text, i) => fieldJson(text, typeAt(types, i), options))}]`;
  return listJson(rows, types, encode, limits);
}

/** The JSON text of `formattedRecords`: a string that is itself JSON. */
export function formattedRecordsJson(
  { labels, types, rows }: Rows,
  options: ResultOptions,
  limits: SizeLimits,
) {
  if (new Set(labels).size < labels.length) {
    throw new ApiError('UnsupportedResultException', 'The result contains duplicate column labels.');
  }
  const keys = labels.map((label) => JSON.stringify(label));
  const encode = (row: (string | null)[]) =>
    `{${row.map((text, i) => `${keys[i]}:${formattedJson(text, typeAt(types, i), options)}`)}}`;
  return JSON.stringify(listJson(rows, types, encode, limits));
}

export function oversizedResponse({ maxResponseBytes, oversizedResponseError }: SizeLimits): ApiError {
  const message =
    oversizedResponseError === 'BadRequestException'
      ? 'Database returned more than the allowed response size limit'
      : `The result exceeds the size limit ${maxResponseBytes / 1024 ** 2} MB.`;
  return new ApiError(oversizedResponseError, message, { losesTransaction: true });
}

/** Stops at the row that makes the text too long, so that a large result costs no more than a full one. */
function listJson(
  rows: (string | null)[][],
  types: ColumnType[],
  encode: (row: (string | null)[]) => string,
  limits: SizeLimits,
) {
  const parts: string[] = [];
  let bytes = 0;
  for (const row of rows) {
    refuseLargeRow(row, types, limits);
    const part = encode(row);
    bytes += Buffer.byteLength(part) + 1;
    if (bytes > limits.maxResponseBytes) throw oversizedResponse(limits);
    parts.push(part);
  }
  return `[${parts}]`;
}

function refuseLargeRow(row: (string | null)[], types: ColumnType[], { maxRowBytes }: SizeLimits) {
  if (maxRowBytes === false) return;
  const bytes = row.reduce((sum, text, i) => sum + valueBytes(text, typeAt(types, i)), 0);
  if (bytes <= maxRowBytes) return;
  throw new ApiError('BadRequestException', `Packet for query is too large (${bytes} > ${maxRowBytes})`, {
    losesTransaction: true,
  });
}

function valueBytes(text: string | null, { kind, element }: ColumnType) {
  if (text === null) return 0;
  return kind === 'blob' && element === undefined ? hexBytes(text) : Buffer.byteLength(text);
}

function typeAt(types: ColumnType[], index: number): ColumnType {
  const type = types[index];
  if (type === undefined) throw new Error(`a row has no column ${index}`);
  return type;
}
