import { describe, expect, test } from '@jest/globals';
import { errorCodes } from '../../lib/http/error-codes.ts';
import { lookups } from '../../lib/query/condition.ts';
import { grammarOf, listParameters, parseQuery } from '../../lib/query/parse-query.ts';
import { QueryError } from '../../lib/query/query-error.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineDataset, defineTable } from '../../lib/tables/define-table.ts';
import { sourceFiles } from '../support/source-files.ts';
import { tables } from '../support/tables/dataset.ts';
import { everyType } from '../support/tables/every-type.ts';
import { createDescription } from './described.ts';
import { asDrf, several } from './described-tables.ts';

test('private lists need the gateway’s authorization, and public ones none', () => {
  const listsOf = (isPrivate: boolean) => createDescription(tables, { isPrivate }).document['paths'];
  const needs = (security: unknown) =>
    Object.fromEntries(
      ['/topics/', '/topics/{key}/', '/changes/topics/'].map((path) => [path, { get: { security } }]),
    );
  expect(listsOf(true)).toMatchObject({
    ...needs([{ lists: [] }]),
    '/topics/': { get: { responses: { 401: {}, 403: {} } } },
    '/refresh/': { get: { security: [{ token: [] }] } },
  });
  expect(listsOf(false)).toMatchObject(needs([]));
});

describe('a record', () => {
  const schemaOf = (columns: Record<string, ReturnType<typeof column.text>>, more = {}) => {
    const table = defineTable({
      name: 'things',
      relation: 'public.thing',
      key: 'id',
      ...more,
      columns: { id: column.integer(), ...columns },
    });
    const { document } = createDescription(defineDataset([table]));
    return document['components'];
  };

  test('has every member, and a nullable one as a union', () => {
    expect(schemaOf({ title: column.text({ nullable: true }) })).toMatchObject({
      schemas: {
        Thing: {
          required: ['id', 'title'],
          properties: { id: { type: 'integer' }, title: { type: ['string', 'null'] } },
        },
      },
    });
  });

  test('has the model’s help text as a member’s description', () => {
    const title = column.text({ help: 'What it is about', choices: [['a', 'First']], maxLength: 7 });
    expect(schemaOf({ title })).toMatchObject({
      schemas: {
        Thing: {
          properties: {
            title: {
              description: 'What it is about. Django offers a (First). At most 7 characters.',
              examples: ['a'],
            },
          },
        },
      },
    });
  });

  test('has a decimal as its table writes it', () => {
    const price = column.numeric();
    expect(schemaOf({ price }, { json: 'drf' })).toMatchObject({
      schemas: { Thing: { properties: { price: { type: 'string' } } } },
    });
    expect(schemaOf({ price })).toMatchObject({
      schemas: {
        Thing: { properties: { price: { anyOf: [{ type: 'number' }, { enum: expect.any(Array) }] } } },
      },
    });
  });
});

describe('the names of filters', () => {
  const namesOf = (path: string) =>
    createDescription(several).paths[path]?.['get']?.parameters.find(({ name }) => name === 'filters')?.schema
      .propertyNames?.enum;

  test.each([
    ['a list', '/every-type/', everyType, []],
    ['changes', '/changes/every-type/', everyType, ['since', 'until']],
    ['a list whose columns are called as parameters', '/things/', { ...asDrf, strict: true }, []],
    ['their changes', '/changes/things/', { ...asDrf, strict: true }, ['since', 'until']],
  ])('of %s are the accepted ones', (_, path, table, more) => {
    const names = namesOf(path) ?? [];
    const grammar = grammarOf(table);
    const others = table.columns.flatMap(({ name }) => lookups.map((lookup) => `${name}__${lookup}`));
    const undescribed = [...others, 'tags', 'none'].filter((one) => !names.includes(one));
    const accepted = (name: string, value: string) => {
      try {
        parseQuery(grammar, new Map([[name, value]]));
        return true;
      } catch (error) {
        if (error instanceof QueryError) return false;
        throw error;
      }
    };
    expect(names.filter((name) => [...listParameters, ...more].includes(name))).toEqual([]);
    expect(names.filter((name) => !accepted(name, ''))).toEqual([]);
    expect(undescribed.filter((name) => accepted(name, '1'))).toEqual([]);
  });

  test('of a column that is called as a parameter are those with a lookup', () => {
    expect(namesOf('/things/')).toEqual(expect.arrayContaining(['since', 'page__exact', 'page__gt!']));
    expect(namesOf('/things/')).not.toContain('page');
    expect(namesOf('/changes/things/')).toContain('since__exact');
    expect(namesOf('/changes/things/')).not.toContain('since');
  });

  test('of a table without filters are absent', () => {
    expect(namesOf('/bare/')).toBeUndefined();
  });
});

test('two tables whose short names are one have schemas of their own', () => {
  const named = (name: string) =>
    defineTable({ name, relation: 'public.thing', key: 'id', columns: { id: column.integer() } });
  const { document } = createDescription(defineDataset([named('thing'), named('things')]));
  expect(document['components']).toMatchObject({ schemas: { Thing: {}, Things: {} } });
});

describe('a code', () => {
  /** The codes that the sources throw, with the status if it is in the same call. */
  const thrown = sourceFiles('lib').flatMap(({ path, text }) => {
    if (/^lib\/(publishing\/operator|tables\/|query\/)/.test(path)) return []; // no request reaches these
    const coded = text.matchAll(
      /\b(?:(HttpError)\(\s*(\d{3}),|(UnavailableError)\(|(?:Coded|Read)Error\()\s*'([a-z]+(?:_[a-z]+)+)'/g,
    );
    return [...coded].map(([, isHttp, status, unavailable, code = '']) => ({
      code,
      status: isHttp ? Number(status) : unavailable ? 503 : undefined,
    }));
  });
  /** The codes for unknown paths and methods, and for paths that only a proxy sends. */
  const undescribed = ['not_found', 'method_not_allowed', 'path_invalid'];

  test('that is thrown is described, with its status', () => {
    expect(thrown.length).toBeGreaterThan(25);
    const missing = thrown.filter(({ code, status }) => {
      const known = errorCodes[code];
      return known === undefined || (status !== undefined && status !== known.status);
    });
    expect(missing.map(({ code }) => code).filter((code) => !undescribed.includes(code))).toEqual([]);
  });

  test('that is described is answered by some path', () => {
    const text = JSON.stringify(createDescription(tables).document);
    expect(Object.keys(errorCodes).filter((code) => !text.includes(`"${code}"`))).toEqual([]);
  });
});
