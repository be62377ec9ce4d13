import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as zod from 'zod/mini';
import * as parse from '../lib/parse.ts';

/** The same schemas in both libraries; zod is the oracle. */
const both = {
  text: [parse.string().check(parse.regex(/^a/)), zod.string().check(zod.regex(/^a/))],
  count: [parse.int().check(parse.nonnegative()), zod.int().check(zod.nonnegative())],
  level: [parse.int().check(parse.positive()), zod.int().check(zod.positive())],
  flag: [parse.optional(parse.nullable(parse.boolean())), zod.optional(zod.nullable(zod.boolean()))],
  usual: [parse._default(parse.string(), 'b'), zod._default(zod.string(), 'b')],
  one: [parse.enum(['a', 'b']), zod.enum(['a', 'b'])],
  short: [
    parse.array(parse.string().check(parse.minLength(1))).check(parse.maxLength(2)),
    zod.array(zod.string().check(zod.minLength(1))).check(zod.maxLength(2)),
  ],
  members: [
    parse.record(parse.string(), parse.object({ a: parse.string() })),
    zod.record(zod.string(), zod.object({ a: zod.string() })),
  ],
  object: [
    parse.extend(parse.object({ a: parse.string() }), { b: parse.optional(parse.int()), c: parse.unknown() }),
    zod.extend(zod.object({ a: zod.string() }), {
      b: zod.optional(zod.int()),
      c: zod.optional(zod.unknown()),
    }),
  ],
  tuple: [
    parse.tuple([parse.literal(0), parse.string()], parse.int()),
    zod.tuple([zod.literal(0), zod.string()], zod.int()),
  ],
  exact: [parse.tuple([parse.string()]), zod.tuple([zod.string()])],
  union: [
    parse.union([parse.object({ a: parse.literal('x') }), parse.string()]),
    zod.union([zod.object({ a: zod.literal('x') }), zod.string()]),
  ],
  number: [
    parse.pipe(parse.string().check(parse.regex(/^\d{1,15}$/)), parse.transform(Number)),
    zod.pipe(zod.string().check(zod.regex(/^\d{1,15}$/)), zod.transform(Number)),
  ],
} as const;

const scalar = fc.oneof(
  ...[
    fc.constantFrom(undefined, null, true, 0, -1, 1.5, 2 ** 53, NaN, 'a', 'b', 'ab', '', '7', 'x'),
    fc.string(),
    fc.integer(),
  ],
);
const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { weight: 3, arbitrary: scalar },
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('value'), { maxKeys: 4 }),
  ),
}));

describe('a parser accepts and rejects the same values as zod, with the same result:', () => {
  test.each(Object.entries(both))('%s', (_, [own, oracle]) => {
    fc.assert(
      fc.property(anything, (value) => {
        const [found, expected] = [own.safeParse(value), oracle.safeParse(value)];
        expect([found.success, found.data]).toEqual([expected.success, expected.data]);
      }),
      { numRuns: 100 },
    );
  });
});

test('every fault of an object is reported with its path', () => {
  const { error } = parse
    .object({ a: parse.object({ b: parse.array(parse.int()) }), c: parse.string() })
    .safeParse({ a: { b: [1, 'x'] } });
  expect(error?.faults).toEqual([
    { path: ['a', 'b', 1], message: 'not an integer' },
    { path: ['c'], message: 'not a string' },
  ]);
});

test('an unexpected error of a check or a transformation is rethrown', () => {
  const broken = parse.pipe(
    parse.string(),
    parse.transform((): string => {
      throw new RangeError('broken');
    }),
  );
  expect(() => broken.safeParse('a')).toThrow(RangeError);
});

test('a member of an object’s prototype counts as absent', () => {
  expect(parse.object({ constructor: parse.optional(parse.unknown()) }).parse({})).toEqual({});
});
