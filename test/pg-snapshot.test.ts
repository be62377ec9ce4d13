import { describe, expect, test } from '@jest/globals';
import { includes } from '../lib/pg-snapshot.ts';

describe('a moment', () => {
  test('includes the finished transactions below xmax', () => {
    const moment = { snapshot: '10:15:10,12' };
    const ids = ['3', '9', '10', '11', '12', '14', '15', '9223372036854775807'];
    expect(ids.filter((id) => includes(moment, id))).toEqual(['3', '9', '11', '14']);
  });

  test('knows a transaction by its number, with leading zeros too', () => {
    const moment = { snapshot: '10:15:10,12' };
    const ids = ['009', '010', '011', '0000000000000000012', '015'];
    expect(ids.filter((id) => includes(moment, id))).toEqual(['009', '011']);
  });

  test.each(['', '10', '10:15', '10:15:x', '10:15:10,', 'now'])('is not made of %j', (text) => {
    expect(() => includes({ snapshot: text }, '1')).toThrow('not a pg_snapshot');
  });
});
