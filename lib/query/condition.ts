import { compareValues, upper, type Value } from './compare.ts';
import { type Field, parseDate } from './field.ts';

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
const ofTexts: readonly Lookup[] = [
  'iexact',
  'contains',
  'icontains',
  'startswith',
  'istartswith',
  'endswith',
  'iendswith',
];

/** The lookups of a field. */
export function lookupsOf({ family }: Field): readonly Lookup[] {
  if (family === 'boolean') return ['exact', 'isnull'];
  if (family === 'text') return [...ofEverything, ...ofTexts];
  if (family === 'date') return [...ofEverything, 'year'];
  if (family === 'instant' || family === 'local') return [...ofEverything, 'date', 'year'];
  return ofEverything;
}

type Known = Exclude<Value, null>;

/** A condition on a record. */
export interface Condition {
  field: Field;
  /** For a value that is not NULL. */
  test(value: Known): boolean;
  /** The result for NULL. */
  ofNull: boolean;
  /** Like Django's `exclude()`: selects every other record, those with NULL included. */
  negated: boolean;
  /** For numbers: equivalent to the test, and faster. */
  between?: { from: number; to: number; isFromIn: boolean; isToIn: boolean };
  /** A text that the (possibly folded) value must contain: faster than testing each value. */
  contains?: { needle: string; folded: boolean };
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

const [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

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
  const isText = field.family === 'text' || field.family === 'inet' || field.family === 'uuid';
  if (text === '' || (isText && strip(text) === '' && lookup !== 'isnull')) return undefined;
  if (text.includes('\0'))
    throw new ConditionError(
      'remove U+0000, which PostgreSQL cannot store',
      'Null characters are not allowed.',
    );

  const where = { field, ofNull: false, negated };
  const one = (part: string): Known => {
    const value = field.parse(isText ? strip(part) : part);
    if (value === undefined)
      throw new ConditionError(
        `give ${field.expected.called}`,
        field.faultOf?.(part) ?? field.expected.fault,
      );
    if (field.family === 'number' && compareValues(value, mostNumber) > 0)
      throw new ConditionError('give at most 1e50', 'Ensure this value is less than or equal to 1e+50.');
    return value;
  };
  /** Django reads an empty item of a list as NULL. */
  const isNull = (part: string) =>
    field.family !== 'text' && (field.family === 'uuid' ? strip(part) : part) === '';
  const ofText = (test: (value: string) => boolean) => ({
    ...where,
    test: (value: Known) => test(String(value)),
  });
  /** @param from,to the bounds, if the lookup has them */
  const order = ({ from, to }: { from?: Known; to?: Known }, { isIn }: { isIn: boolean }): Condition => {
    const isAbove = (value: Known) => from === undefined || compareValues(value, from) >= (isIn ? 0 : 1);
    const isBelow = (value: Known) => to === undefined || compareValues(value, to) <= (isIn ? 0 : -1);
    const condition = { ...where, test: (value: Known) => isAbove(value) && isBelow(value) };
    const [low, high] = [from ?? least, to ?? most];
    if (typeof low !== 'number' || typeof high !== 'number') return condition;
    const isOpen = { isFromIn: isIn || from === undefined, isToIn: isIn || to === undefined };
    return { ...condition, between: { from: low, to: high, ...isOpen } };
  };

  switch (lookup) {
    case 'exact': {
      const wanted = one(text);
      return typeof wanted === 'number' || typeof wanted === 'object'
        ? order({ from: wanted, to: wanted }, { isIn: true })
        : { ...where, test: (value) => value === wanted };
    }
    case 'in': {
      const parts = partsOf(text).filter((part) => !isNull(part));
      const wanted = parts.map(one);
      const plain = new Set<Known>(wanted);
      const isExact = wanted.some((value) => typeof value === 'object');
      return {
        ...where,
        test: (value) =>
          plain.has(value) ||
          (isExact && typeof value === 'object' && wanted.some((other) => compareValues(value, other) === 0)),
      };
    }
    case 'range': {
      const parts = partsOf(text);
      const values = parts.map((part) => (isNull(part) ? undefined : one(part)));
      if (values.length !== 2)
        throw new ConditionError('give two values, as 1,10', 'Range query expects two values.');
      const [from, to] = values;
      const bounds = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
      // Django reads an empty bound as NULL: the range contains nothing, and values beyond the other bound are
      // outside of it.
      if (Object.keys(bounds).length < 2 && !negated) return { ...where, test: () => false };
      return order(bounds, { isIn: true });
    }
    case 'gt':
      return order({ from: one(text) }, { isIn: false });
    case 'gte':
      return order({ from: one(text) }, { isIn: true });
    case 'lt':
      return order({ to: one(text) }, { isIn: false });
    case 'lte':
      return order({ to: one(text) }, { isIn: true });
    case 'isnull': {
      const isNull = /^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : undefined;
      if (isNull === undefined) throw new ConditionError('give true or false', 'Enter true or false.');
      return { ...where, test: () => !isNull, ofNull: isNull };
    }
    case 'date': {
      const wanted = parseDate(text.trim());
      if (wanted === undefined)
        throw new ConditionError('give a date like 2024-01-31', 'Enter a valid date.');
      return ofText((value) => field.dateOf?.(value) === wanted);
    }
    case 'year': {
      const year = text.trim();
      if (!/^\d{1,4}$/.test(year) || Number(year) === 0)
        throw new ConditionError('give a year from 1 to 9999', 'Enter a number.');
      const wanted = `${year.padStart(4, '0')}-`;
      return ofText((value) => (field.dateOf?.(value) ?? value).startsWith(wanted));
    }
    default:
      return ofPart(lookup, strip(text), where);
  }
}

/** A condition on a substring, or regardless of case. */
function ofPart(
  lookup: Exclude<
    Lookup,
    'exact' | 'in' | 'range' | 'gt' | 'gte' | 'lt' | 'lte' | 'isnull' | 'date' | 'year'
  >,
  text: string,
  where: Pick<Condition, 'field' | 'ofNull' | 'negated'>,
): Condition {
  const folded = upper(text);
  const of = (test: (value: string) => boolean) => ({
    ...where,
    test: (value: Known) => test(String(value)),
  });
  switch (lookup) {
    case 'iexact':
      return of((value) => upper(value) === folded);
    case 'contains':
      return { ...of((value) => value.includes(text)), contains: { needle: text, folded: false } };
    case 'icontains':
      return { ...of((value) => upper(value).includes(folded)), contains: { needle: folded, folded: true } };
    case 'startswith':
      return of((value) => value.startsWith(text));
    case 'istartswith':
      return of((value) => upper(value).startsWith(folded));
    case 'endswith':
      return of((value) => value.endsWith(text));
    case 'iendswith':
      return of((value) => upper(value).endsWith(folded));
  }
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
