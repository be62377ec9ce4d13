import { ApiError } from './api-error.ts';
import { parseArrayText } from './array-text.ts';
import { type ColumnType, refusedName, type ValueKind } from './column-types.ts';
import { compactJson } from './compact-json.ts';
import { groupFraction, utcText } from './timestamp-text.ts';

export interface ResultOptions {
  decimalReturnType: 'STRING' | 'DOUBLE_OR_LONG';
  longReturnType: 'LONG' | 'STRING';
  fractionDigits: FractionDigits;
}

/** Digits of a second's fraction: `grouped` writes 0, 3 or 6; `trimmed` drops trailing zeros. */
export type FractionDigits = 'grouped' | 'trimmed';

/** A Field's member, without its suffix `Value`, and the JSON text of its content. */
interface Value {
  member: 'boolean' | 'long' | 'double' | 'string' | 'blob';
  json: string;
}

/**
 * The JSON text of one Field. Numbers keep the digits that PostgreSQL wrote: a JavaScript number would round
 * those beyond 2^53.
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

/** All elements of an array share one member, so the type alone decides it. */
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
    case 'json':
      return string(compactJson(text));
    case 'temporal':
      return temporal(text, options);
    case 'timestamptz':
      return temporal(utcText(text), options);
  }
}

const string = (text: string): Value => ({ member: 'string', json: JSON.stringify(text) });

/** The service fails with an empty message at an infinite date or timestamp. */
function temporal(text: string, { fractionDigits }: ResultOptions): Value {
  if (text.endsWith('infinity')) throw new ApiError('InternalFailure', '');
  return string(fractionDigits === 'grouped' ? groupFraction(text) : text);
}

/** NaN and the infinities are strings in AWS's JSON. The SDK reads them back as numbers. */
const doubleJson = (text: string) =>
  /^[-\d]/.test(text) && text !== '-Infinity' ? text : JSON.stringify(text);

function doubleOrLong(text: string): Value {
  const isLong = /^-?\d+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
  if (isLong) return { member: 'long', json: text };
  return { member: 'double', json: doubleJson(String(Number(text))) };
}

const bytesOf = (text: string) => Buffer.from(text.slice('\\x'.length), 'hex');
