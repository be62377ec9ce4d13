import type { Table } from '../tables/table.ts';
import { upper, type Value } from './compare.ts';
import {
  type Condition,
  ConditionError,
  type Lookup,
  lookups,
  lookupsOf,
  not,
  toCondition,
} from './condition.ts';
import type { OrderBy, SearchTerm } from './evaluate.ts';
import { type Field, fieldsOf } from './field.ts';

/** What a request asks of a table, besides a page of it. */
export interface Query {
  conditions: readonly Condition[];
  search: readonly SearchTerm[];
  /** Ends with the key, which breaks ties; none: the order of the key. */
  orderBy: readonly OrderBy[];
  /** Places of the members that are asked for; undefined: all. */
  members: readonly number[] | undefined;
  /** The same for two requests that ask the same of a table. */
  canonical: string;
}

/** A parameter that cannot be used: `code` is stable, the message names the parameter and what is known. */
export class QueryError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Parameters that every list has: a column of one of these names is asked for as `page__exact`. */
export const listParameters = [
  'limit',
  'after',
  'offset',
  'page',
  'page_size',
  'cursor',
  'ordering',
  'search',
  'fields',
  'count',
  'version',
  'transaction',
  'format',
] as const;
const reserved = new Set<string>(listParameters);

/** Bounds of one request. */
export const bounds = { conditions: 20, characters: 1_000, searchTerms: 10, orderings: 5 };

/** What can be asked of a table: made once. */
export interface Grammar {
  filterable: ReadonlyMap<string, Field>;
  orderable: ReadonlyMap<string, Field>;
  searchable: readonly Field[];
  key: Field;
  members: readonly string[];
  table: Table;
}

export function grammarOf(table: Table): Grammar {
  const fields = fieldsOf(table);
  const only = (names: readonly string[]) =>
    new Map(
      names.flatMap((name) => {
        const field = fields.get(name);
        return field === undefined ? [] : [[name, field] as const];
      }),
    );
  const key = fields.get(table.key.name);
  if (key === undefined) throw new TypeError(`the key ${table.key.name} of ${table.name} cannot be compared`);
  return {
    filterable: only(table.filterFields),
    orderable: only(table.orderingFields),
    searchable: [...only(table.searchFields).values()].filter(({ family }) => family === 'text'),
    key,
    members: table.columns.map(({ name }) => name),
    table,
  };
}

/** @param pairs names and values, decoded, in the order of the request. @throws QueryError */
export function parseQuery(
  grammar: Grammar,
  pairs: readonly (readonly [name: string, value: string])[],
): Query {
  const last = new Map(pairs); // of a repeated parameter the last counts
  const conditions: { name: string; text: string; condition: Condition }[] = [];
  for (const [name, text] of last) {
    if (reserved.has(name)) continue;
    const condition = conditionOf(grammar, name, text);
    if (condition !== undefined) conditions.push({ name, text, condition });
  }
  if (conditions.length > bounds.conditions)
    throw new QueryError('filters_too_many', `A request has at most ${bounds.conditions} filters.`);
  const ordering = last.get('ordering');
  const search = last.get('search') ?? '';
  const fields = last.get('fields');
  const orderBy = orderOf(grammar, ordering);
  const terms = termsOf(grammar, search);
  const members = membersOf(grammar, fields);
  const canonical = JSON.stringify([
    conditions.map(({ name, text }) => [name, text]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    terms.map(({ needle }) => needle),
    orderBy.map(({ field, descending }) => `${descending ? '-' : ''}${field.name}`),
    members,
  ]);
  return {
    conditions: conditions.map(({ condition }) => condition),
    search: terms,
    orderBy,
    members,
    canonical,
  };
}

function conditionOf(grammar: Grammar, parameter: string, text: string): Condition | undefined {
  const { filterable, table } = grammar;
  const negated = parameter.endsWith('!');
  const name = negated ? parameter.slice(0, -1) : parameter;
  const at = name.lastIndexOf('__');
  const suffix = at === -1 ? undefined : lookups.find((lookup) => lookup === name.slice(at + 2));
  const field =
    filterable.get(name) ?? (suffix === undefined ? undefined : filterable.get(name.slice(0, at)));
  const lookup: Lookup = filterable.has(name) ? 'exact' : (suffix ?? 'exact');
  if (field === undefined || !lookupsOf(field).includes(lookup)) {
    if (!table.strict) return undefined;
    throw new QueryError(
      'parameter_unknown',
      `${parameter.slice(0, 100)} is no parameter of ${table.name}: ${known(grammar, field)}.`,
    );
  }
  if (text.length > bounds.characters)
    throw new QueryError(
      'filter_too_long',
      `A value of ${parameter} has at most ${bounds.characters} characters.`,
    );
  try {
    const condition = toCondition(field, lookup, text);
    return negated ? not(condition) : condition;
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    throw new QueryError('filter_invalid', `${parameter} cannot be used: ${error.message.slice(0, 200)}.`);
  }
}

/** What a caller may have meant. */
function known({ filterable }: Grammar, field: Field | undefined): string {
  if (field !== undefined) return `of ${field.name} there are ${lookupsOf(field).join(', ')}`;
  const names = [...filterable.keys()].slice(0, 50).join(', ');
  return `there are ${listParameters.join(', ')}, and filters by ${names}`;
}

function orderOf({ orderable, key, table }: Grammar, text: string | undefined): OrderBy[] {
  const names =
    text === undefined || text === '' ? table.ordering : text.split(',').map((name) => name.trim());
  const seen = new Set<string>();
  const orderBy = names.flatMap((signed): OrderBy[] => {
    const descending = signed.startsWith('-');
    const name = descending ? signed.slice(1) : signed;
    const field = orderable.get(name) ?? (text === undefined && name === key.name ? key : undefined);
    if (field === undefined) {
      if (!table.strict || name === '') return [];
      throw new QueryError(
        'ordering_invalid',
        `${name.slice(0, 100)} is no field to order by: there are ${[...orderable.keys()].join(', ')}.`,
      );
    }
    if (seen.has(name)) return [];
    seen.add(name);
    return [{ field, descending }];
  });
  if (orderBy.length > bounds.orderings)
    throw new QueryError('ordering_invalid', `ordering takes at most ${bounds.orderings} fields.`);
  const [first] = orderBy;
  const byKeyAlone = first === undefined || (first.field.name === key.name && !first.descending);
  if (byKeyAlone) return [];
  const hasKey = orderBy.findIndex(({ field }) => field.name === key.name);
  return hasKey === -1 ? [...orderBy, { field: key, descending: false }] : orderBy.slice(0, hasKey + 1);
}

/** As DRF's SearchFilter: words by spaces and commas, phrases in quotes; each has to be in one of the fields. */
function termsOf({ searchable }: Grammar, text: string): SearchTerm[] {
  if (text.length > bounds.characters)
    throw new QueryError('search_too_long', `search has at most ${bounds.characters} characters.`);
  if (searchable.length === 0) return [];
  const terms = smartSplit(text.replaceAll('\0', ''));
  if (terms.length > bounds.searchTerms)
    throw new QueryError('search_too_long', `search has at most ${bounds.searchTerms} words.`);
  return terms.map((term) => ({ fields: searchable, needle: upper(term) }));
}

/** Django's `smart_split`, and then DRF's commas outside of quotes. */
function smartSplit(text: string): string[] {
  const words = text.matchAll(/((?:[^\s'"]*(?:(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')[^\s'"]*)+)|\S+)/g);
  return [...words].flatMap(([word]) => {
    const quote = word[0];
    if ((quote === '"' || quote === "'") && word.at(-1) === quote && word.length > 1)
      return [word.slice(1, -1).replaceAll(`\\${quote}`, quote).replaceAll('\\\\', '\\')];
    return word
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  });
}

function membersOf({ members, table }: Grammar, text: string | undefined): number[] | undefined {
  if (text === undefined || text === '') return undefined;
  const places = text.split(',').map((name) => {
    const place = members.indexOf(name.trim());
    if (place === -1)
      throw new QueryError(
        'fields_invalid',
        `${name.slice(0, 100)} is no member of a record of ${table.name}: there are ${members.join(', ')}.`,
      );
    return place;
  });
  return [...new Set(places)].sort((a, b) => a - b);
}

/** Where a page under an order ended, as a client hands it back. */
export interface Cursor {
  /** The values of the order, each as text or null. */
  values: readonly Value[];
  backwards: boolean;
}
