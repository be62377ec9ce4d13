import type { FieldDef } from 'pg';
import type { TableColumn } from './catalogue.ts';
import type { ColumnType } from './column-types.ts';

/** The service's description of a column, with the numbers of the PostgreSQL JDBC driver. */
export interface ColumnMetadata {
  arrayBaseColumnType: number;
  isAutoIncrement: boolean;
  isCaseSensitive: boolean;
  isCurrency: boolean;
  isSigned: boolean;
  label: string;
  name: string;
  nullable: number;
  precision: number;
  scale: number;
  schemaName: string;
  tableName: string;
  type: number;
  typeName: string;
}

export function columnMetadata(
  { name, dataTypeModifier }: FieldDef,
  type: ColumnType,
  column: TableColumn | undefined,
): ColumnMetadata {
  const scalar = type.element ?? type;
  return {
    arrayBaseColumnType: type.element?.jdbcType ?? 0,
    isAutoIncrement: column?.isAutoIncrement ?? false,
    isCaseSensitive: !caseless.has(scalar.name),
    isCurrency: false,
    isSigned: signed.has(scalar.name),
    label: name,
    name,
    nullable: nullability(column),
    precision: precision(scalar.name, dataTypeModifier),
    scale: scale(scalar.name, dataTypeModifier),
    // Empty, as in the driver.
    schemaName: '',
    tableName: column?.table ?? '',
    type: type.jdbcType,
    typeName: (column?.isAutoIncrement && serialNames.get(type.name)) || type.name,
  };
}

const signed = new Set(['int2', 'int4', 'int8', 'float4', 'float8', 'numeric']);
const caseless = new Set([...signed, 'oid', 'bool', 'date', 'time', 'timestamp', 'timestamptz']);
/** Type names of auto-increment columns. */
const serialNames = new Map([
  ['int2', 'smallserial'],
  ['int4', 'serial'],
  ['int8', 'bigserial'],
]);

/** columnNoNulls, columnNullable and columnNullableUnknown of JDBC. */
function nullability(column: TableColumn | undefined) {
  if (column === undefined) return 2;
  return column.isNotNull ? 0 : 1;
}

const unbounded = 2_147_483_647;
const fixedPrecision = new Map([
  ['int2', 5],
  ['int4', 10],
  ['oid', 10],
  ['int8', 19],
  ['float4', 8],
  ['float8', 17],
  ['bool', 1],
  ['date', 13],
]);
/** Characters of the longest value, without the fraction of a second. */
const temporalWidth = new Map([
  ['time', 8],
  ['timestamp', 22],
  ['timestamptz', 28],
]);

/** A type modifier of -1 means none. The modifiers of text and numeric types are 4 too high. */
function precision(name: string, modifier: number) {
  const width = temporalWidth.get(name);
  if (width !== undefined) return width + fractionWidth(modifier);
  if (name === 'numeric') return modifier === -1 ? 0 : ((modifier - 4) >> 16) & 0xffff;
  if (name === 'bpchar' || name === 'varchar') return modifier === -1 ? unbounded : modifier - 4;
  return fixedPrecision.get(name) ?? unbounded;
}

/** Characters of the fraction with its point. The driver counts two digits where one is declared. */
function fractionWidth(modifier: number) {
  if (modifier === -1) return 7;
  if (modifier === 0) return 0;
  return modifier === 1 ? 3 : modifier + 1;
}

function scale(name: string, modifier: number) {
  if (name === 'float4') return 8;
  if (name === 'float8') return 17;
  if (name === 'numeric') return modifier === -1 ? 0 : (modifier - 4) & 0xffff;
  return temporalWidth.has(name) ? (modifier === -1 ? 6 : modifier) : 0;
}
