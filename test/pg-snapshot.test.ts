import { describe, expect, test } from '@jest/globals';
import { includes } from '../lib/pg-snapshot.ts';

describe('a moment', () => {
  test('knows a transaction by its number, with leading zeros too', () => {
    const moment = { snapshot: '10:15:10,12' };
    const ids = ['009', '010', '011', '0000000000000000012', '015'];
    expect(ids.filter((id) => includes(moment, id))).toEqual(['009', '011']);
  });

  test.each(['', '10', '10:15', '10:15:x', '10:15:10,', 'now'])('is not made of %j', (text) => {
    expect(() => includes({ snapshot: text }, '1')).toThrow('not a pg_snapshot');
  });
});
