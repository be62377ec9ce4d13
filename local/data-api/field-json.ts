import { ApiError } from './api-error.ts';
import { parseArrayText } from './array-text.ts';
import { type ColumnType, refusedName, type ValueKind } from './column-types.ts';
import { utcText } from './timestamp-text.ts';

export interface ResultOptions {
  decimalReturnType: 'STRING' | 'DOUBLE_OR_LONG';
  longReturnType: 'LONG' | 'STRING';
}

/** A value in the service's terms: the suffix of the Field's member, and the JSON text of what it holds. */
interface Value {
  member: 'boolean' | 'long' | 'double' | 'string' | 'blob';
  json: string;
}

/**
 * The JSON text of one Field. Numbers keep the digits that PostgreSQL wrote and never become a JavaScript
 * number, which would round those beyond 2^53.
 *
 * @throws ApiError UnsupportedResultException for a type or a shape that the service does not return.
 */
export function fieldJson(text: string | null, type: ColumnType, options: ResultOptions): string {
  const kind = supportedKind(type);
  if (text === null) return '{"isNull":true}';
  if (type.element !== undefined) return `{"arrayValue":${arrayValueJson(text, kind, options)}}`;
  const { member, json } = encodeValue(text, kind, options);
  return `{"${member}Value":${json}}`;
}

/** The JSON text of one value within `formattedRecords`. */
export function formattedJson(text: string | null, type: ColumnType, options: ResultOptions): string {
  const kind = supportedKind(type);
  if (text === null) return 'null';
  if (type.element !== undefined) return elementsJson(text, kind, options);
  return encodeValue(text, kind, options).json;
}

function arrayValueJson(text: string, kind: ValueKind, options: ResultOptions): string {
  return `{"${arrayMember(kind, options)}Values":${elementsJson(text, kind, options)}}`;
}

function elementsJson(text: string, kind: ValueKind, options: ResultOptions): string {
  return `[${elements(text).map((element) => (element === null ? 'null' : encodeValue(element, kind, options).json))}]`;
}

/** All of an array's elements share one member, so it follows from the type alone. */
function arrayMember(kind: ValueKind, options: ResultOptions) {
  if (kind === 'decimal') return options.decimalReturnType === 'STRING' ? 'string' : 'double';
  return encodeValue('0', kind, options).member;
}

function elements(text: string) {
  const parsed = parseArrayText(text);
  if (parsed !== undefined) return parsed;
  throw new ApiError('UnsupportedResultException', 'The result contains a multidimensional array.');
}

function supportedKind(type: ColumnType): ValueKind {
  if (type.kind !== undefined) return type.kind;
  throw new ApiError(
    'UnsupportedResultException',
    `The result contains the unsupported data type ${refusedName(type)}.`,
  );
}

function encodeValue(text: string, kind: ValueKind, options: ResultOptions): Value {
  switch (kind) {
    case 'boolean':
      return { member: 'boolean', json: String(text === 't') };
    case 'long':
      return options.longReturnType === 'LONG' ? { member: 'long', json: text } : string(text);
    case 'double':
      return { member: 'double', json: doubleJson(text) };
    case 'decimal':
      return options.decimalReturnType === 'STRING' ? string(text) : doubleOrLong(text);
    case 'blob':
      return { member: 'blob', json: `"${bytesOf(text).toString('base64')}"` };
    case 'string':
      return string(text);
    case 'temporal':
      return string(finite(text));
    case 'timestamptz':
      return string(utcText(finite(text)));
  }
}

const string = (text: string): Value => ({ member: 'string', json: JSON.stringify(text) });

/** NaN and the infinities are strings in AWS's JSON, and the SDK reads them back as numbers. */
const doubleJson = (text: string) =>
  /^[-\d]/.test(text) && text !== '-Infinity' ? text : JSON.stringify(text);

function doubleOrLong(text: string): Value {
  const isLong = /^-?\d+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
  if (isLong) return { member: 'long', json: text };
  return { member: 'double', json: doubleJson(String(Number(text))) };
}

/** The service fails, and does not say why, at a date or timestamp that is infinite. */
function finite(text: string): string {
  if (text.endsWith('infinity')) throw new ApiError('InternalFailure', '');
  return text;
}

const bytesOf = (text: string) => Buffer.from(text.slice('\\x'.length), 'hex');

/** How many bytes a `bytea` has. */
export const hexBytes = (text: string) => (text.length - '\\x'.length) / 2;
