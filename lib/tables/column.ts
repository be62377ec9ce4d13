import type { Json } from './json-text.ts';

/** Kinds whose values queries can compare: lists are filtered and ordered only by these. */
const comparableKinds = [
  ...(['integer', 'numeric', 'float', 'real', 'boolean', 'text', 'uuid', 'inet'] as const),
  ...(['date', 'time', 'timestamptz', 'timestamp', 'localTimestamptz', 'duration'] as const),
] as const;
export type ComparableKind = (typeof comparableKinds)[number];

/** The kinds of columns, named like the functions in `columns.ts`. */
export type ColumnKind =
  | ComparableKind
  | 'jsonb'
  | 'hstore'
  | 'bytea'
  | 'other'
  | 'array'
  | 'range'
  | 'multirange';

export const isComparable = (kind: ColumnKind): kind is ComparableKind =>
  comparableKinds.some((comparable) => comparable === kind);

/** How a table writes its values. */
export interface ValueForm {
  /**
   * `exact`: every digit. `fastapi`: the bytes of FastAPI's encoder. `drf`: like Django REST framework's
   * ModelSerializer.
   */
  json: 'exact' | 'fastapi' | 'drf';
  /** An IANA name, like Django's TIME_ZONE. */
  timeZone: string;
}

export interface ColumnOptions {
  /** The column's name in the table, if it differs from the record's member (Django's `db_column`). */
  column?: string;
  /** Whether the column may hold NULL (Django's `null=True`). */
  nullable?: boolean;
  /** For the documents: the meaning of the value (Django's `help_text`). */
  help?: string;
  /** For the documents: the values that Django's form offers, with their labels. */
  choices?: readonly (readonly [value: string | number, label: string])[];
  /** For the documents: the maximum number of characters (Django's `max_length`). */
  maxLength?: number;
}

/** The result of a column function: SQL returns the column's value as text, and `toJson` turns the text into JSON. */
export interface ColumnDefinition extends ColumnOptions {
  kind: ColumnKind;
  /**
   * PostgreSQL types that are read exactly, as `format_type` writes them without schema, length and precision, and
   * with domains resolved: `integer`, `citext`, `hstore`, `integer[]`. Empty: any type except those that `isReadBy`
   * excludes.
   */
  types: readonly string[];
  /** A `text` expression for a quoted column. */
  select: (quoted: string, form: ValueForm) => string;
  /** @throws ColumnError */
  toJson: (text: string, form: ValueForm) => Json;
  /** The elements of an array, or the bounds of a range. */
  element?: ColumnDefinition;
}

/** A text that does not fit its column's kind. The message shows no content. */
export class ColumnError extends Error {
  override readonly name = 'ColumnError';
}

/**
 * Makes a function for columns of one kind: `form` is the JSON form of a text that matches `expected`. Calls are
 * marked as pure, so that a bundle contains only the kinds that its tables use.
 */
export function columnKind({
  kind,
  types,
  select = (quoted) => `${quoted}::text`,
  expected,
  form,
}: {
  kind: ColumnKind;
  types: readonly string[];
  select?: ColumnDefinition['select'];
  expected: { pattern: RegExp; called: string };
  form: ColumnDefinition['toJson'];
}) {
  const toJson: ColumnDefinition['toJson'] = (text, valueForm) => {
    if (!expected.pattern.test(text)) throw new ColumnError(`not ${expected.called}`);
    return form(text, valueForm);
  };
  return (options: ColumnOptions = {}): ColumnDefinition => ({ kind, types, select, toJson, ...options });
}

/** Types whose text depends on session settings, so that sessions would disagree on a value. */
const unsettled =
  /^(money|interval|date|time(stamp)? with(out)? time zone|bytea|real|double precision|reg\w+|(ts|tstz|date)(multi)?range)(\[\])?$/;

/**
 * Whether a column reads a PostgreSQL type exactly.
 * @param type spelt as in `types`
 */
export const isReadBy = ({ types }: Pick<ColumnDefinition, 'types'>, type: string) =>
  types.length === 0 ? !unsettled.test(type) : types.includes(type);
