import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseArrayText } from '../../../local/data-api/array-text.ts';
import { compactJson } from '../../../local/data-api/compact-json.ts';
import { parseJson } from '../../../local/data-api/json-text.ts';
import { createSeededRandom } from '../../../local/data-api/seeded-random.ts';
import { groupFraction, utcText } from '../../../local/data-api/timestamp-text.ts';
import { anyText } from '../../fakes/any-text.ts';

describe("PostgreSQL's text of an array", () => {
  test.each<[string, (string | null)[] | undefined]>([
    ['{}', []],
    ['{1,NULL,3}', ['1', null, '3']],
    ['{"",a b,"c,d"}', ['', 'a b', 'c,d']],
    ['{"NULL","a\\"b","c\\\\d","{e}"}', ['NULL', 'a"b', 'c\\d', '{e}']],
    ['[0:1]={a,b}', ['a', 'b']],
    ['{{1,2},{3,4}}', undefined],
    ['[0:0][0:1]={{1,2}}', undefined],
  ])('%s', (text, expected) => {
    expect(parseArrayText(text)).toEqual(expected);
  });

  test('any elements survive a round trip', () => {
    const quote = (element: string) => `"${element.replaceAll(/["\\]/g, '\\$&')}"`;
    fc.assert(
      fc.property(fc.array(fc.option(anyText()), { maxLength: 8 }), (elements) => {
        const text = `{${elements.map((element) => (element === null ? 'NULL' : quote(element)))}}`;
        expect(parseArrayText(text)).toEqual(elements);
      }),
    );
  });
});

describe('a timestamptz in UTC', () => {
  test.each([
    ['2024-02-29 01:02:03+00', '2024-02-29 01:02:03'],
    ['2024-02-29 01:02:03.25+00', '2024-02-29 01:02:03.25'],
    ['2024-02-29 01:02:03.000001+05:30', '2024-02-28 19:32:03.000001'],
    ['2023-12-31 20:00:00-04', '2024-01-01 00:00:00'],
    ['1883-11-18 12:00:00-07:52:58', '1883-11-18 19:52:58'],
    ['0001-01-01 00:00:00+00', '0001-01-01 00:00:00'],
    ['0001-01-01 00:00:00+01', '0001-12-31 23:00:00 BC'],
    ['0044-03-15 12:00:00+00 BC', '0044-03-15 12:00:00 BC'],
    ['10000-01-01 00:00:00+00', '10000-01-01 00:00:00'],
    ['infinity', 'infinity'],
  ])('%s is %s', (text, expected) => {
    expect(utcText(text)).toBe(expected);
  });
});

describe('compact JSON', () => {
  test('has no white space between its tokens, and the same tokens', () => {
    const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '\r'), maxLength: 3 });
    const token = fc.oneof(
      fc.constantFrom('{', '}', '[', ']', ',', ':', 'null', '1.50', '1e400', '9007199254740993'),
      anyText().map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(space, token)), (pieces) => {
        const spaced = pieces.flat().join('');
        expect(compactJson(spaced)).toBe(pieces.map(([, text]) => text).join(''));
      }),
    );
  });

  test('of a string with a million escapes', () => {
    const text = JSON.stringify('"'.repeat(1_000_000));
    expect(compactJson(text)).toBe(text);
  });
});

describe('the fraction of a second', () => {
  test.each([
    ['01:02:03', '01:02:03'],
    ['01:02:03.1', '01:02:03.100'],
    ['01:02:03.12', '01:02:03.120'],
    ['01:02:03.123', '01:02:03.123'],
    ['01:02:03.1234', '01:02:03.123400'],
    ['01:02:03.12345', '01:02:03.123450'],
    ['01:02:03.000001', '01:02:03.000001'],
    ['0044-03-15 12:00:00.5 BC', '0044-03-15 12:00:00.500 BC'],
    ['2024-02-29', '2024-02-29'],
  ])('of %s has 0, 3 or 6 digits: %s', (text, expected) => {
    expect(groupFraction(text)).toBe(expected);
  });
});

describe('the JSON of a request', () => {
  test('keeps an integer that a number cannot hold, and drops null members', () => {
    expect(parseJson('{"a":9007199254740993,"b":1,"c":1.5,"d":null,"e":1e300}')).toEqual({
      a: 9007199254740993n,
      b: 1,
      c: 1.5,
      e: 1e300,
    });
  });

  test('is refused when it is invalid', () => {
    expect(() => parseJson('{')).toThrow(expect.objectContaining({ name: 'SerializationException' }));
  });
});

test('random numbers depend on their seed only, and are spread evenly from 0 up to 1', () => {
  const sequence = (seed: number) => Array.from({ length: 2_000 }, createSeededRandom(seed));
  expect(sequence(5)).toEqual(sequence(5));
  expect(sequence(5)).not.toEqual(sequence(6));
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const share = sequence(5).filter((value) => Math.floor(value * 10) === tenth).length;
    expect(share).toBeGreaterThan(140);
    expect(share).toBeLessThan(260);
  }
});
