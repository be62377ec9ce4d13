import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findParameters, firstKeyword } from '../../../local/data-api/sql-parameters.ts';

const names = (sql: string) => findParameters(sql).map(({ name }) => name);

describe('a parameter is found', () => {
  test.each([
    ['where id = :id', ['id']],
    ['where a=:a and b=:b', ['a', 'b']],
    [':first', ['first']],
    ['values (:1, :2_x)', ['1', '2_x']],
    [':a::uuid', ['a']],
    ["'text':name", ['name']],
    ["'it''s' || :name", ['name']],
    ['"quo""ted" = :name', ['name']],
    ["E'it\\'s' || :name", ['name']],
    ['$$body$$ || :name', ['name']],
    ['foo$bar$ = :name and x = $1', ['name']],
    ['-- a comment\n:name', ['name']],
    ['/* outer /* inner */ still */ :name', ['name']],
    ['a[:low : :high]', ['low', 'high']],
    ["nameE'no escapes\\' || :name", ['name']],
  ])('%s', (sql, expected) => {
    expect(names(sql)).toEqual(expected);
  });
});

describe('other uses of a colon are ignored', () => {
  test.each([
    ['a cast', 'id::uuid'],
    ['an assignment', 'f(a := 1)'],
    ['a string', "':name'"],
    ['a string with a doubled quote', "'it''s :name'"],
    ['an escape string', "E'it\\'s :name'"],
    ['a continued escape string', "e'a'\n 'it\\'s :name'"],
    ['a quoted identifier', '"column :name"'],
    ['a dollar quote', '$$ :name $$'],
    ['a tagged dollar quote', '$tag$ $$ :name $other$ :name $tag$'],
    ['a line comment', 'select 1 -- :name'],
    ['a block comment', '/* /* */ :name */'],
    ['a string that never ends', "'text :name"],
    ['an escape string that never ends', "E'text :name"],
    ['a block comment that never ends', '/* /* :name */'],
    ['a dollar quote that never ends', '$a$ :name $b$'],
    ['a colon alone', 'a[1 : 2]'],
  ])('%s', (_what, sql) => {
    expect(names(sql)).toEqual([]);
  });
});

test('exactly the parameters are found in any mixture of literals and comments', () => {
  const text = fc.string({ unit: fc.constantFrom('a', ':', 'b', ' ', '$', '/', '*', '-', '\n', '\\', 'é') });
  const without = (pattern: RegExp) => text.map((value) => value.replaceAll(pattern, ''));
  const opaque = fc.oneof(
    without(/\\/g).map((body) => ({ sql: `'${body.replaceAll("'", "''")}'`, name: undefined })),
    text.map((body) => ({ sql: `E'${body.replaceAll('\\', '\\\\')}\\''`, name: undefined })),
    text.map((body) => ({ sql: `"${body}"`, name: undefined })),
    without(/\$/g).map((body) => ({ sql: `$q$${body}$q$`, name: undefined })),
    without(/\n/g).map((body) => ({ sql: `--${body}\n`, name: undefined })),
    without(/[*/]/g).map((body) => ({ sql: `/*${body}/*${body}*/${body}*/`, name: undefined })),
    fc.constantFrom('a::text', 'f(a := b)', 'x$1', '1.5').map((sql) => ({ sql, name: undefined })),
  );
  const parameter = fc.stringMatching(/^[A-Za-z0-9_]{1,8}$/).map((name) => ({ sql: `:${name}`, name }));

  fc.assert(
    fc.property(fc.array(fc.oneof(opaque, parameter)), (pieces) => {
      const sql = pieces.map((piece) => piece.sql).join(' ');
      const found = findParameters(sql);
      expect(found.map(({ name }) => name)).toEqual(pieces.flatMap(({ name }) => name ?? []));
      for (const { name, start, end } of found) expect(sql.slice(start, end)).toBe(`:${name}`);
    }),
  );
});

test('scanning takes linear time, even for unterminated literals', () => {
  const long = 'a:b '.repeat(100_000);
  const startedMs = performance.now();
  for (const sql of [long, `'${long}`, `E'${long}`, `/*${long}`, `$$${long}`, '/'.repeat(400_000)])
    findParameters(sql);
  expect(performance.now() - startedMs).toBeLessThan(5_000); // takes 0.2 s; in quadratic time 20 s
});

test.each([
  ['SELECT 1', 'select'],
  ['  /* a */ -- b\n (with x as (values (1)) select 1)', 'with'],
  ['', ''],
])('the first keyword of %j is %j', (sql, keyword) => {
  expect(firstKeyword(sql)).toBe(keyword);
});
