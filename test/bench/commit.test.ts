import { expect, test } from '@jest/globals';
import { commitsInShort, currentCommit } from '../../bench/commit.ts';

const [one, other] = ['0123456789abcdef'.repeat(3).slice(0, 40), 'fedcba9876543210'.repeat(3).slice(0, 40)];

test('the commit of all figures is told once, in twelve digits, with its mark', () => {
  expect(commitsInShort({ warm: one, cold: one })).toBe('0123456789ab');
  expect(commitsInShort({ warm: `${one}+` })).toBe('0123456789ab+');
});

test('of several commits each is told with its measures', () => {
  expect(commitsInShort({ warm: one, cold: `${other}+`, loop: one })).toBe(
    '0123456789ab (warm, loop); fedcba987654+ (cold)',
  );
});

test('the present commit is one of git, or unknown', async () => {
  expect(await currentCommit()).toMatch(/^([\da-f]{40}\+?|unknown)$/);
});
