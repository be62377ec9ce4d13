import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { acceptedCodings, type Coding, codings } from '../../lib/http/accept-encoding.ts';

test.each<[header: string | undefined, wanted: Coding[], rule: string]>([
  [undefined, ['identity'], 'without a header, only identity is sure to be understood'],
  ['', ['identity'], 'an empty header wants no coding'],
  ['gzip', ['gzip', 'identity'], 'identity is acceptable though nobody asked for it'],
  ['gzip, deflate, br, zstd', ['gzip', 'br', 'identity'], 'among equals what is stored goes first'],
  ['gzip;q=1.0, br;q=0.5', ['gzip', 'br', 'identity'], 'the client decides the order'],
  ['identity, gzip;q=0.5', ['identity', 'gzip'], 'a client may want no coding most'],
  ['identity;q=0.001, gzip;q=0.002', ['gzip', 'identity'], 'a small quality is one'],
  ['*', ['gzip', 'br', 'identity'], 'an asterisk stands for all'],
  ['br;q=0, *', ['gzip', 'identity'], 'an asterisk stands for what is not named'],
  ['*;q=0', [], 'an asterisk refuses identity too'],
  ['*;q=0, gzip', ['gzip'], 'what is named is not what the asterisk refuses'],
  ['identity;q=0', [], 'refusing identity alone leaves nothing'],
  ['identity;q=0, br', ['br'], 'identity can be refused'],
  ['identity;q=0, *;q=0.1', ['gzip', 'br'], 'identity can be refused, and the rest be left open'],
  ['gzip;q=0', ['identity'], 'a quality of 0 refuses'],
  ['gzip;q=0.000', ['identity'], 'a quality of 0 refuses in every spelling'],
  ['x-gzip', ['gzip', 'identity'], 'x-gzip is gzip'],
  ['GZIP;Q=0.5, BR;q=0.4', ['gzip', 'br', 'identity'], 'letters may be small or large'],
  [' gzip ;  q=0.5 ,\tbr ; q=0.6', ['br', 'gzip', 'identity'], 'white space means nothing'],
  [',, gzip,', ['gzip', 'identity'], 'empty members mean nothing'],
  ['compress, deflate;q=0.9, snappy', ['identity'], 'codings that are not served mean nothing'],
])('%j: %j, as %s', (header, wanted) => {
  expect(acceptedCodings(header)).toEqual(wanted);
});

describe('a malformed weight', () => {
  test.each(['gzip;q=', 'gzip;q=2', 'gzip;q=-1', 'gzip;q=x', 'gzip;q=1e-1', 'gzip;q=0x1', 'gzip;q=0.1234'])(
    '(%s) does not ask for a coding',
    (header) => {
      expect(acceptedCodings(header)).toEqual(['identity']);
    },
  );

  test('does not refuse identity', () => {
    expect(acceptedCodings('identity;q=none')).toEqual(['identity']);
  });

  test('keeps the other members', () => {
    expect(acceptedCodings('br;q=much, gzip;q=0.5')).toEqual(['gzip', 'identity']);
  });
});

describe('for any header', () => {
  const thousandths = fc.integer({ min: 0, max: 1000 });
  const coding = fc.constantFrom('br', 'gzip', 'identity', '*', 'deflate');
  const members = fc.uniqueArray(fc.record({ coding, thousandths }), {
    selector: (member) => member.coding,
  });
  const headerOf = (of: { coding: string; thousandths: number }[]) =>
    of.map(({ coding, thousandths }) => `${coding};q=${thousandths / 1000}`).join(', ');

  test('a refused coding is never served, and an accepted one always available', () => {
    fc.assert(
      fc.property(members, (of) => {
        const quality = (name: string) => of.find(({ coding }) => coding === name)?.thousandths;
        const accepted = acceptedCodings(headerOf(of));
        for (const one of codings) {
          const asked = quality(one) ?? quality('*') ?? (one === 'identity' ? 0.1 : 0);
          expect(accepted.includes(one)).toBe(asked > 0);
        }
      }),
    );
  });

  test('the coding with the higher weight comes first', () => {
    fc.assert(
      fc.property(members, (of) => {
        const quality = (name: string) =>
          (of.find(({ coding }) => coding === name) ?? of.find(({ coding }) => coding === '*'))
            ?.thousandths ?? 0.1;
        const order = acceptedCodings(headerOf(of)).map(quality);
        expect(order).toEqual(order.toSorted((a, b) => b - a));
      }),
    );
  });

  test('there is an answer, however it is written', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'gzipbr*,;=q.01 \t"x-') }), (header) => {
        const accepted = acceptedCodings(header);
        expect(new Set(accepted).size).toBe(accepted.length);
        expect(codings).toEqual(expect.arrayContaining([...accepted]));
      }),
    );
  });
});
