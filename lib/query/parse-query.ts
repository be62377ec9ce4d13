import type { Table } from '../tables/table.ts';
import { upper } from './compare.ts';
import { type Condition, ConditionError, type Lookup, lookups, lookupsOf, toCondition } from './condition.ts';
import { type Field, fieldsOf } from './field.ts';
import type { SearchTerm } from './matches.ts';
import type { OrderBy } from './order.ts';
import { QueryError } from './query-error.ts';
import type { Filter } from './table-columns.ts';

/** A query on a table, without its page. */
export interface Query {
  /** Undefined: all records. */
  filter: Filter | undefined;
  /** Ends with the key, which breaks ties. */
  orderBy: readonly OrderBy[];
  /** The positions of the selected members; undefined: all. */
  members: readonly number[] | undefined;
  /** Equal for two requests with the same meaning. */
  canonical: string;
}

/** Parameters that every list has: a column with one of these names is filtered by `page__exact`. */
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

/** The bounds of one request. */
export const bounds = { conditions: 20, characters: 1_000, searchTerms: 10, orderings: 5 };

/** The fields, filters and orders of a table. */
export interface Grammar {
  filterable: ReadonlyMap<string, Field>;
  orderable: ReadonlyMap<string, Field>;
  searchable: readonly Field[];
  key: Field;
  members: readonly string[];
  table: Table;
}

const grammars = new WeakMap<Table, Grammar>();

export function grammarOf(table: Table): Grammar {
  const grammar = grammars.get(table) ?? makeGrammar(table);
  grammars.set(table, grammar);
  return grammar;
}

function makeGrammar(table: Table): Grammar {
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
    searchable: [...only(table.searchFields).values()],
    key,
    members: table.columns.map(({ name }) => name),
    table,
  };
}

/**
 * @param parameters names and values, decoded
 * @param others names that an error lists besides filters
 * @throws QueryError
 */
export function parseQuery(
  grammar: Grammar,
  parameters: ReadonlyMap<string, string>,
  others: readonly string[] = listParameters,
): Query {
  const { conditions, filters } = conditionsOf(grammar, parameters, others);
  const orderBy = orderOf(grammar, parameters.get('ordering') ?? '');
  const search = termsOf(grammar, parameters.get('search') ?? '');
  const members = membersOf(grammar, parameters.get('fields') ?? '');
  const selects = [filters.sort(([a], [b]) => (a < b ? -1 : 1)), search.map(({ needle }) => needle)];
  const isAll = conditions.length === 0 && search.length === 0;
  const canonical = JSON.stringify([
    ...selects,
    orderBy.map(({ field, descending }) => `${descending ? '-' : ''}${field.name}`),
    members,
  ]);
  const filter = isAll ? undefined : { conditions, search, canonical: JSON.stringify(selects) };
  return { filter, orderBy, members, canonical };
}

function conditionsOf(grammar: Grammar, parameters: ReadonlyMap<string, string>, others: readonly string[]) {
  const conditions: Condition[] = [];
  const filters: [parameter: string, text: string][] = [];
  const faults: { parameter: string; message: string; fault: string }[] = [];
  for (const [parameter, text] of parameters) {
    const filter = reserved.has(parameter) ? undefined : filterOf(grammar, parameter, others);
    if (filter === undefined) continue;
    if (conditions.length === bounds.conditions)
      throw new QueryError('filters_too_many', `Send at most ${bounds.conditions} filters.`);
    if (text.length > bounds.characters)
      throw new QueryError(
        'filter_too_long',
        `${parameter} has ${text.length} characters: send at most ${bounds.characters}.`,
      );
    try {
      const condition = toCondition(filter.field, filter.lookup, text, filter);
      if (condition === undefined) continue;
      conditions.push(condition);
      filters.push([parameter, text]);
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      faults.push({ parameter, message: error.message, fault: error.fault });
    }
  }
  const [first] = faults;
  if (first !== undefined) {
    const shown = (parameters.get(first.parameter) ?? '').slice(0, 100);
    throw new QueryError('filter_invalid', `${first.parameter} is "${shown}": ${first.message}.`, {
      faults: Object.fromEntries(faults.map(({ parameter, fault }) => [parameter, [fault]])),
    });
  }
  return { conditions, filters };
}

/** @returns undefined for an unknown parameter that is ignored */
function filterOf(
  grammar: Grammar,
  parameter: string,
  others: readonly string[],
): { field: Field; lookup: Lookup; negated: boolean } | undefined {
  const { filterable, table } = grammar;
  const negated = parameter.endsWith('!');
  const name = negated ? parameter.slice(0, -1) : parameter;
  const at = name.lastIndexOf('__');
  const whole = filterable.get(name);
  const field = whole ?? (at === -1 ? undefined : filterable.get(name.slice(0, at)));
  const lookup = whole === undefined ? lookups.find((one) => one === name.slice(at + 2)) : 'exact';
  if (field !== undefined && lookup !== undefined && lookupsOf(field).includes(lookup))
    return { field, lookup, negated };
  if (!table.strict) return undefined;
  throw new QueryError(
    'parameter_unknown',
    `${table.name} has no parameter ${parameter.slice(0, 100)}: ${known(grammar, field, others)}.`,
  );
}

/**
 * Every filter name, negated ones included.
 * @param others names with another meaning
 */
export const filterNames = ({ filterable }: Grammar, others: readonly string[] = listParameters): string[] =>
  [...filterable.values()]
    .flatMap((field) => [field.name, ...lookupsOf(field).map((lookup) => `${field.name}__${lookup}`)])
    .flatMap((name) => [name, `${name}!`])
    .filter((name) => !others.includes(name));

/** The valid names, for an error. */
function known({ filterable }: Grammar, field: Field | undefined, others: readonly string[]): string {
  if (field !== undefined) return `after ${field.name}__ there may be ${lookupsOf(field).join(', ')}`;
  const names = [...filterable.keys()].slice(0, 50).join(', ');
  return `there are ${others.join(', ')}, and filters by ${names}`;
}

function orderOf({ orderable, key, table }: Grammar, text: string): OrderBy[] {
  const asked = orderBysOf(
    text.split(',').map((name) => name.trim()),
    (name) => {
      const field = orderable.get(name);
      if (field === undefined && name !== '' && table.strict)
        throw new QueryError(
          'ordering_invalid',
          `${table.name} cannot be ordered by ${name.slice(0, 100)}: there are ${[...orderable.keys()].join(', ')}.`,
        );
      return field;
    },
  );
  if (asked.length > bounds.orderings)
    throw new QueryError('ordering_invalid', `ordering takes at most ${bounds.orderings} fields.`);
  const orderBy =
    asked.length > 0
      ? asked
      : orderBysOf(table.ordering, (name) => (name === key.name ? key : orderable.get(name)));
  const keyAt = orderBy.findIndex(({ field }) => field.name === key.name);
  return keyAt === -1 ? [...orderBy, { field: key, descending: false }] : orderBy.slice(0, keyAt + 1);
}

function orderBysOf(names: readonly string[], fieldOf: (name: string) => Field | undefined): OrderBy[] {
  const orderBy = new Map<string, OrderBy>();
  for (const signed of names) {
    const descending = signed.startsWith('-');
    const field = fieldOf(descending ? signed.slice(1) : signed);
    if (field !== undefined && !orderBy.has(field.name)) orderBy.set(field.name, { field, descending });
  }
  return [...orderBy.values()];
}

/**
 * Like DRF's SearchFilter: words are separated by spaces and commas, phrases are quoted; each must be in one of the
 * fields.
 */
function termsOf({ searchable }: Grammar, text: string): SearchTerm[] {
  if (text.length > bounds.characters)
    throw new QueryError('search_too_long', `search has at most ${bounds.characters} characters.`);
  if (searchable.length === 0) return [];
  const terms = smartSplit(text.replaceAll('\0', ''));
  if (terms.length > bounds.searchTerms)
    throw new QueryError('search_too_long', `search has at most ${bounds.searchTerms} words.`);
  return terms.map((term) => ({ fields: searchable, needle: upper(term) }));
}

/** Django's `smart_split`, then DRF's split at commas outside of quotes. */
function smartSplit(text: string): string[] {
  return [...text.matchAll(words)].flatMap(([withCommas]) => {
    const word = withCommas.replace(/^,+|,+$/g, '');
    const quote = word[0];
    if ((quote === '"' || quote === "'") && word.at(-1) === quote)
      return [word.slice(1, -1).replaceAll(`\\${quote}`, quote).replaceAll('\\\\', '\\')];
    return word.split(',').filter((part) => part !== '');
  });
}

/** Python's white space: JavaScript's has U+FEFF in addition, and lacks five characters. */
const notSpace = String.raw`[^\x1c-\x1f\x85\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
const phrase = String.raw`(?:"(?:[^"\\]|\\[^\n])*"|'(?:[^'\\]|\\[^\n])*')`;
const words = new RegExp(`(?:${notSpace}'"]*(?:${phrase}${notSpace}'"]*)+)|${notSpace}]+`, 'g');

function membersOf({ members, table }: Grammar, text: string): number[] | undefined {
  if (text === '') return undefined;
  const places = text.split(',').map((name) => {
    const place = members.indexOf(name.trim());
    if (place === -1)
      throw new QueryError(
        'fields_invalid',
        `${table.name} has no field ${name.slice(0, 100)}: there are ${members.join(', ')}.`,
      );
    return place;
  });
  return [...new Set(places)].sort((a, b) => a - b);
}
