import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Coding, codings } from '../../lib/http/accept-encoding.ts';
import { codingHeld, etagFor, isMatch } from '../../lib/http/conditional.ts';

const hash = 'qVmEvZ-Qc3rLsTzTTd1TzjCqvPkcdUTgpn2CkW9X_0s';
const all: readonly Coding[] = codings;

test('a strong validator differs by coding', () => {
  expect(all.map((coding) => etagFor(hash, coding))).toEqual([`"${hash}-gzip"`, `"${hash}-br"`, `"${hash}"`]);
});

test.each<[header: string | undefined, held: Coding | undefined, rule: string]>([
  [undefined, undefined, 'no condition'],
  ['', undefined, 'an empty one'],
  [`"${hash}"`, 'identity', 'the one that is asked about'],
  [`W/"${hash}"`, 'identity', 'a weak one, as proxies make them'],
  [`"${hash}-gzip"`, 'gzip', 'one of a coding'],
  [`W/"${hash}-br"`, 'br', 'a weak one of a coding'],
  [`"older", W/"other" , "${hash}-gzip"`, 'gzip', 'one of a list'],
  [`"older","${hash}"`, 'identity', 'one of a list without blanks'],
  [`"${hash}", "${hash}-gzip", "${hash}-br"`, 'gzip', 'the one that would be served'],
  ['*', 'gzip', 'whatever there is'],
  [' * ', 'gzip', 'whatever there is, and blanks'],
  ['"older"', undefined, 'another content'],
  [`"${hash}-zstd"`, undefined, 'a coding that is not served'],
  [hash, undefined, 'one without quotes is none'],
  [`"x${hash}"`, undefined, 'a longer one'],
  [`"${hash.slice(1)}"`, undefined, 'a shorter one'],
  [`"${hash.toLowerCase()}"`, undefined, 'letters count'],
  ['"*"', undefined, 'an asterisk in quotes is a name'],
])('%s: %s, being %s', (header, held) => {
  expect(codingHeld(header, hash, all)).toBe(held);
});

describe('an ETag of a coding that the client does not accept', () => {
  test('is no good to it: the cache that asks has it for another client', () => {
    expect(codingHeld(`"${hash}-br"`, hash, ['gzip', 'identity'])).toBeUndefined();
  });

  test('does not hide the coding that is accepted', () => {
    expect(codingHeld(`"${hash}-br", "${hash}"`, hash, ['gzip', 'identity'])).toBe('identity');
  });
});

test('for any list, that is held which is named and taken', () => {
  const names = fc.constantFrom(hash, `${hash}-gzip`, `${hash}-br`, `${hash}x`, 'other', '');
  const tag = fc.record({ name: names, weak: fc.boolean() });
  fc.assert(
    fc.property(fc.array(tag), fc.shuffledSubarray([...codings]), (tags, taken) => {
      const header = tags.map(({ name, weak }) => `${weak ? 'W/' : ''}"${name}"`).join(', ');
      const held = taken.find((coding) => tags.some(({ name }) => `"${name}"` === etagFor(hash, coding)));
      expect(codingHeld(header, hash, taken)).toBe(held);
    }),
  );
});

describe('If-Match', () => {
  test.each<[header: string | undefined, passes: boolean, rule: string]>([
    [undefined, true, 'no condition'],
    ['*', true, 'whatever there is'],
    [' * ', true, 'whatever there is, and blanks'],
    [`"${hash}"`, true, 'the content'],
    [`"${hash}-gzip"`, true, 'the content in some coding'],
    [`"older" ,"${hash}-br"`, true, 'one of a list'],
    [`W/"${hash}"`, false, 'a weak tag, which never matches strongly'],
    [`W/"${hash}", "${hash}"`, true, 'a strong one beside a weak one'],
    ['"older"', false, 'another content'],
    [`"${hash}-zstd"`, false, 'a coding that is not served'],
    [hash, false, 'one without quotes is none'],
    ['', false, 'an empty list names nothing'],
    ['"*"', false, 'an asterisk in quotes is a name'],
  ])('%s: %j, being %s', (header, passes) => {
    expect(isMatch(header, hash)).toBe(passes);
  });
});
