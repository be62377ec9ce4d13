import type { FieldDef } from 'pg';
import * as z from 'zod';
import { arrayOf, builtInTypes, type ColumnType, otherJdbcType, varcharJdbcType } from './column-types.ts';
import type { Connection } from './connection.ts';

/** The types of a result's columns. Queries the catalogue only for types that differ between databases. */
export async function resolveTypes(connection: Connection, fields: FieldDef[]): Promise<ColumnType[]> {
  const unknown = new Set(fields.map(({ dataTypeID }) => dataTypeID).filter((oid) => !builtInTypes.has(oid)));
  const looked =
    unknown.size === 0 ? new Map<number, ColumnType>() : await lookUpTypes(connection, [...unknown]);
  return fields.map(
    ({ dataTypeID: oid }) =>
      builtInTypes.get(oid) ??
      looked.get(oid) ?? { oid, name: `oid ${oid}`, jdbcType: otherJdbcType, kind: undefined },
  );
}

const TypeRows = z.array(
  z.tuple([
    z.coerce.number(),
    z.string(),
    z.string(),
    z.coerce.number(),
    z.string().nullable(),
    z.string().nullable(),
  ]),
);

async function lookUpTypes(connection: Connection, oids: number[]) {
  const { rows } = await connection.runOwn(`
    SELECT t.oid, t.typname, t.typtype::text, coalesce(e.oid, 0), e.typname, e.typtype::text
    FROM pg_catalog.pg_type t
    LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
    WHERE t.oid IN (${oids})`);
  return new Map(
    TypeRows.parse(rows).map(
      ([oid, name, form, elementOid, elementName, elementForm]): [number, ColumnType] => {
        if (elementName === null) return [oid, scalar(oid, name, form)];
        return [oid, arrayOf(scalar(elementOid, elementName, elementForm), oid, name)];
      },
    ),
  );
}

/** The service returns enums, and refuses every other type that a database defines. */
function scalar(oid: number, name: string, form: string | null): ColumnType {
  const isEnum = form === 'e';
  return {
    oid,
    name,
    jdbcType: isEnum ? varcharJdbcType : otherJdbcType,
    kind: isEnum ? 'string' : undefined,
  };
}

/** A table's column, from the catalogue. */
export interface TableColumn {
  table: string;
  isNotNull: boolean;
  isAutoIncrement: boolean;
}

const ColumnRows = z.array(z.tuple([z.string(), z.string(), z.enum(['t', 'f']), z.enum(['t', 'f'])]));

/** The table's column behind each column of a result, or undefined for an expression. */
export async function lookUpColumns(
  connection: Connection,
  fields: FieldDef[],
): Promise<(TableColumn | undefined)[]> {
  const key = ({ tableID, columnID }: FieldDef) => `${tableID}.${columnID}`;
  const wanted = fields.filter(({ tableID, columnID }) => tableID !== 0 && columnID > 0);
  if (wanted.length === 0) return fields.map(() => undefined);
  const { rows } = await connection.runOwn(`
    SELECT a.attrelid || '.' || a.attnum, c.relname, a.attnotnull,
           a.attidentity <> '' OR coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval(%', false)
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE (a.attrelid, a.attnum) IN (${wanted.map(({ tableID, columnID }) => `(${tableID}, ${columnID})`)})`);
  const found = new Map(
    ColumnRows.parse(rows).map(([id, table, notNull, autoIncrement]): [string, TableColumn] => [
      id,
      { table, isNotNull: notNull === 't', isAutoIncrement: autoIncrement === 't' },
    ]),
  );
  return fields.map((field) => found.get(key(field)));
}
