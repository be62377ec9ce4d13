import { compareValues, upper, type Value } from './compare.ts';
import type { Field } from './field.ts';

/** Of a parameter's name, after `field__`. Without one it is `exact`. */
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

/** What can be asked of a field. */
export function lookupsOf({ family }: Field): readonly Lookup[] {
  if (family === 'boolean') return ['exact', 'isnull'];
  if (family === 'text') return [...ofEverything, ...ofTexts];
  if (family === 'date') return [...ofEverything, 'year'];
  if (family === 'instant' || family === 'local') return [...ofEverything, 'date', 'year'];
  return ofEverything;
}

type Known = Exclude<Value, null>;

/** What a record must fulfil. */
export interface Condition {
  field: Field;
  /** Of a value that is not NULL. */
  test(value: Known): boolean;
  /** What holds where the value is NULL. */
  ofNull: boolean;
  /** A text that the value, folded or not, must contain: found faster than by a test of each value. */
  contains?: { needle: string; folded: boolean };
}

/** A parameter whose value names none of the field's. */
export class ConditionError extends Error {}

/** `in` and `range` take values with commas between them. */
export const mostValues = 100;

/**
 * @param text the parameter's value
 * @throws ConditionError
 */
export function toCondition(field: Field, lookup: Lookup, text: string): Condition {
  const { parse, dateOf } = field;
  const one = (part: string): Known => {
    const value = parse(part);
    if (value === undefined) throw new ConditionError(`${part} is no value of ${field.name}`);
    return value;
  };
  const whole = (test: (value: Known) => boolean): Condition => ({ field, test, ofNull: false });
  const ofText = (test: (value: string) => boolean) => whole((value) => test(String(value)));
  const order = (holds: (order: number) => boolean) => {
    const wanted = one(text);
    return whole((value) => holds(compareValues(value, wanted)));
  };
  switch (lookup) {
    case 'exact': {
      const wanted = one(text);
      return whole(
        typeof wanted === 'object' || Number.isNaN(wanted)
          ? (value) => compareValues(value, wanted) === 0
          : (value) => value === wanted || (typeof value === 'object' && compareValues(value, wanted) === 0),
      );
    }
    case 'in': {
      const wanted = text === '' ? [] : partsOf(text).map(one);
      const plain = new Set<Known>(wanted);
      return whole(
        (value) =>
          plain.has(value) ||
          (typeof value === 'object' && wanted.some((other) => compareValues(value, other) === 0)),
      );
    }
    case 'range': {
      const parts = partsOf(text);
      if (parts.length !== 2) throw new ConditionError(`${field.name}__range takes two values, as 1,10`);
      const [from, to] = [one(parts[0] ?? ''), one(parts[1] ?? '')];
      return whole((value) => compareValues(value, from) >= 0 && compareValues(value, to) <= 0);
    }
    case 'gt':
      return order((by) => by > 0);
    case 'gte':
      return order((by) => by >= 0);
    case 'lt':
      return order((by) => by < 0);
    case 'lte':
      return order((by) => by <= 0);
    case 'isnull': {
      const isNull = /^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : undefined;
      if (isNull === undefined) throw new ConditionError(`${field.name}__isnull is true or false`);
      return { field, test: () => !isNull, ofNull: isNull };
    }
    case 'iexact': {
      const wanted = upper(text);
      return ofText((value) => upper(value) === wanted);
    }
    case 'contains':
      return {
        ...ofText((value) => value.includes(text)),
        contains: { needle: text, folded: false },
      };
    case 'icontains':
      return {
        ...ofText((value) => upper(value).includes(upper(text))),
        contains: { needle: upper(text), folded: true },
      };
    case 'startswith':
      return ofText((value) => value.startsWith(text));
    case 'istartswith':
      return ofText((value) => upper(value).startsWith(upper(text)));
    case 'endswith':
      return ofText((value) => value.endsWith(text));
    case 'iendswith':
      return ofText((value) => upper(value).endsWith(upper(text)));
    case 'date': {
      if (!/^\d{4}-\d{1,2}-\d{1,2}$/.test(text)) throw new ConditionError(`${text} is no date`);
      const [year = '', month = '', day = ''] = text.split('-');
      const wanted = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
      return ofText((value) => dateOf?.(value) === wanted);
    }
    case 'year': {
      if (!/^\d{1,4}$/.test(text)) throw new ConditionError(`${text} is no year`);
      const wanted = `${text.padStart(4, '0')}-`;
      return ofText((value) => (dateOf?.(value) ?? value).startsWith(wanted));
    }
  }
}

function partsOf(text: string): string[] {
  const parts = text.split(',');
  if (parts.length > mostValues) throw new ConditionError(`a list has at most ${mostValues} values`);
  return parts;
}

/** Django's `exclude()`: everything else, NULL too. */
export const not = ({ field, test, ofNull }: Condition): Condition => ({
  field,
  test: (value) => !test(value),
  ofNull: !ofNull,
});
