import { compareValues, upper, type Value } from './compare.ts';
import { type Field, hasTexts, parseDate } from './field.ts';
import type { Needle } from './texts.ts';

/** The lookups, as they follow `field__`. Without one it is `exact`. */
export const lookups = [
  'exact',
  'iexact',
  'in',
  'gt',
  'gte',
  'lt',
  'lte',
  'range',
  'isnull',
  'contains',
  'icontains',
  'startswith',
  'istartswith',
  'endswith',
  'iendswith',
  'date',
  'year',
] as const;
export type Lookup = (typeof lookups)[number];

const ofEverything: readonly Lookup[] = ['exact', 'in', 'gt', 'gte', 'lt', 'lte', 'range', 'isnull'];
const ofTexts = [
  'iexact',
  'contains',
  'icontains',
  'startswith',
  'istartswith',
  'endswith',
  'iendswith',
] as const;

/** The lookups of a field. */
export function lookupsOf({ family }: Field): readonly Lookup[] {
  if (family === 'boolean') return ['exact', 'isnull'];
  if (family === 'text') return [...ofEverything, ...ofTexts];
  if (family === 'date') return [...ofEverything, 'year'];
  if (family === 'instant' || family === 'local') return [...ofEverything, 'date', 'year'];
  return ofEverything;
}

export type Known = Exclude<Value, null>;

/** What the values from one to another have in common; undefined: without a bound. */
export interface Range {
  from: Known | undefined;
  to: Known | undefined;
  isFromIn: boolean;
  isToIn: boolean;
}

/** What a value must fulfil; NULL fulfils nothing. */
export type Comparison =
  | ({ by: 'range' } & Range)
  /** For strings. The needle is folded, too. */
  | ({ by: 'needle'; folded: boolean } & Needle)
  | { by: 'test'; test(value: Known): boolean };

/** A condition on a record. */
export interface Condition {
  field: Field;
  comparison: Comparison;
  /** Like Django's `exclude()`: selects every other record, those with NULL included. */
  negated: boolean;
}

/** The parameter's value is invalid for its field. */
export class ConditionError extends Error {
  /** Django's message. */
  readonly fault: string;

  constructor(message: string, fault: string) {
    super(message);
    this.fault = fault;
  }
}

/** The bound for the comma-separated values of `in`. */
export const mostValues = 100;

/** django-filter's bound for numbers. */
const mostNumber = 1e50;

/**
 * @param text the parameter's value
 * @returns undefined for an empty value, which is ignored like in django-filter
 * @throws ConditionError
 */
export function toCondition(
  field: Field,
  lookup: Lookup,
  text: string,
  { negated }: { negated: boolean },
): Condition | undefined {
  if (text === '' || (isStripped(field) && strip(text) === '' && lookup !== 'isnull')) return undefined;
  if (text.includes('\0'))
    throw new ConditionError(
      'remove U+0000, which PostgreSQL cannot store',
      'Null characters are not allowed.',
    );
  if (lookup === 'isnull') return { field, comparison: everything, negated: negated !== isTrue(text) };
  return { field, comparison: comparisonOf(field, lookup, text, { negated }), negated };
}

function comparisonOf(
  field: Field,
  lookup: Exclude<Lookup, 'isnull'>,
  text: string,
  { negated }: { negated: boolean },
): Comparison {
  switch (lookup) {
    case 'exact':
      return isExactly(field, parsedValue(field, text));
    case 'in':
      return isOneOf(field, text);
    case 'range':
      return isWithin(field, text, { negated });
    case 'gt':
      return { ...everything, from: parsedValue(field, text), isFromIn: false };
    case 'gte':
      return { ...everything, from: parsedValue(field, text) };
    case 'lt':
      return { ...everything, to: parsedValue(field, text), isToIn: false };
    case 'lte':
      return { ...everything, to: parsedValue(field, text) };
    case 'date':
      return isOfDate(field, text.trim());
    case 'year':
      return isOfYear(field, text.trim());
    default:
      return hasPart(lookup, strip(text));
  }
}

/** What is not NULL. */
const everything = { by: 'range', from: undefined, to: undefined, isFromIn: true, isToIn: true } as const;

/** Whether Django's form strips the value. */
const isStripped = ({ family }: Field) => family === 'text' || family === 'inet' || family === 'uuid';

/** @throws ConditionError */
function parsedValue(field: Field, text: string): Known {
  const value = field.parse(isStripped(field) ? strip(text) : text);
  if (value === undefined)
    throw new ConditionError(`give ${field.expected.called}`, field.faultOf?.(text) ?? field.expected.fault);
  if (field.family === 'number' && compareValues(value, mostNumber) > 0)
    throw new ConditionError('give at most 1e50', 'Ensure this value is less than or equal to 1e+50.');
  return value;
}

/** Django reads an empty item of a list as NULL. */
const isEmptyItem = ({ family }: Field, part: string) =>
  family !== 'text' && (family === 'uuid' ? strip(part) : part) === '';

function isTrue(text: string): boolean {
  if (/^(true|1)$/i.test(text)) return true;
  if (/^(false|0)$/i.test(text)) return false;
  throw new ConditionError('give true or false', 'Enter true or false.');
}

const isExactly = (field: Field, wanted: Known): Comparison =>
  hasTexts(field)
    ? { by: 'needle', folded: false, text: String(wanted), isAtStart: true, isAtEnd: true }
    : { ...everything, from: wanted, to: wanted };

function isOneOf(field: Field, text: string): Comparison {
  const parts = partsOf(text).filter((part) => !isEmptyItem(field, part));
  const wanted = parts.map((part) => parsedValue(field, part));
  const plain = new Set<Known>(wanted);
  const exact = wanted.filter((value) => typeof value === 'object');
  return {
    by: 'test',
    test: (value) =>
      plain.has(value) ||
      (typeof value === 'object' && exact.some((other) => compareValues(value, other) === 0)),
  };
}

function isWithin(field: Field, text: string, { negated }: { negated: boolean }): Comparison {
  const values = partsOf(text).map((part) =>
    isEmptyItem(field, part) ? undefined : parsedValue(field, part),
  );
  if (values.length !== 2)
    throw new ConditionError('give two values, as 1,10', 'Range query expects two values.');
  const [from, to] = values;
  // Django reads an empty bound as NULL: the range contains nothing, and values beyond the other bound are outside
  // of it.
  const isEmpty = (from === undefined || to === undefined) && !negated;
  return isEmpty ? { by: 'test', test: () => false } : { ...everything, from, to };
}

function isOfDate({ dateOf }: Field, text: string): Comparison {
  const wanted = parseDate(text);
  if (wanted === undefined) throw new ConditionError('give a date like 2024-01-31', 'Enter a valid date.');
  return { by: 'test', test: (value) => dateOf?.(String(value)) === wanted };
}

function isOfYear({ dateOf = (value) => value }: Field, text: string): Comparison {
  if (!/^\d{1,4}$/.test(text) || Number(text) === 0)
    throw new ConditionError('give a year from 1 to 9999', 'Enter a number.');
  const wanted = `${text.padStart(4, '0')}-`;
  return { by: 'test', test: (value) => dateOf(String(value)).startsWith(wanted) };
}

/** `icontains` and the like: a lookup in any case begins with `i`. */
function hasPart(lookup: (typeof ofTexts)[number], text: string): Comparison {
  const folded = lookup.startsWith('i');
  const place = folded ? lookup.slice(1) : lookup;
  return {
    ...{ by: 'needle', folded, text: folded ? upper(text) : text },
    isAtStart: place === 'startswith' || place === 'exact',
    isAtEnd: place === 'endswith' || place === 'exact',
  };
}

function partsOf(text: string): string[] {
  const parts = text.split(',');
  if (parts.length > mostValues)
    throw new ConditionError(
      `give at most ${mostValues} values`,
      `Ensure this list has at most ${mostValues} values.`,
    );
  return parts;
}

/**
 * Like Python's `str.strip()`, which Django's form applies. JavaScript's white space has U+FEFF in addition, and
 * lacks five characters.
 */
const space = '[\\x1c-\\x1f\\x85\\t-\\r \\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+';
const ends = new RegExp(`^${space}|${space}$`, 'g');
const strip = (text: string) => text.replace(ends, '');
