import * as z from 'zod/mini';
import type { Json } from './json-text.ts';

/**
 * How a column is read: SQL gives its value as text, and a schema turns the text into its JSON form.
 * A schema is registered with its kind, so a model written with zod says everything that the reader needs.
 */
export interface ColumnKind {
  /** PostgreSQL types, without length or precision, that this kind reads exactly; empty: any. */
  types: readonly string[];
  /** A `text` expression for a quoted column. */
  select: (column: string) => string;
  /** The column's name where it is not the record's key (Django's `db_column`). */
  column?: string | undefined;
}

export const columnKinds = z.registry<ColumnKind>();

export interface ColumnOptions {
  /** The column's name in the table, where it is not the record's key (Django's `db_column`). */
  column?: string;
}

export type ColumnSchema<Form extends Json = Json> = z.ZodMiniType<Form, string>;

/** A function that makes schemas of one kind: `form` is the JSON form of a text that matches `expected`. */
export function columnKind<Form extends Json>({
  types,
  select = (column) => `${column}::text`,
  expected,
  form,
}: {
  types: readonly string[];
  select?: (column: string) => string;
  expected: { pattern: RegExp; called: string };
  form: (text: string) => Form;
}) {
  return ({ column }: ColumnOptions = {}): ColumnSchema<Form> => {
    const text = z.string().check(z.regex(expected.pattern, `not ${expected.called}`));
    const schema = z.pipe(text, z.transform(form));
    columnKinds.add(schema, { types, select, column });
    return schema;
  };
}

/** The kind of a schema, and whether it takes NULL. @throws TypeError for a schema that no column function made. */
export function kindOf(schema: z.core.$ZodType): ColumnKind & { nullable: boolean } {
  if (schema instanceof z.ZodMiniNullable) return { ...kindOf(schema.def.innerType), nullable: true };
  const kind = columnKinds.get(schema);
  if (kind === undefined)
    throw new TypeError('a column schema is made by a function of columns.ts, or z.nullable() of one');
  return { ...kind, nullable: false };
}
