import { expect, test } from '@jest/globals';
import { parseDuration } from '../../lib/query/times.ts';

// Django 3.2's results, in seconds.
test.each([
  ['90', 90],
  ['90\n', 90],
  ['1.5', 1.5],
  ['1,5', 1.5],
  ['1:2', 62],
  ['04:05:06.1234567', 14_706.123456],
  ['-04:05:06', -14_706],
  ['+04:05:06', 14_706],
  ['1 00:00:01', 86_401],
  ['3 days', 259_200],
  ['3 day', 259_200],
  ['3 days 04:05:06', 273_906],
  ['1 days, 1:2', 86_462],
  ['1 days04:05:06', 101_106],
  ['1 days +04:05:06', 101_106],
  ['-3 days -04:05:06.5', -273_906.5],
  ['P', 0],
  ['P1DT1M', 86_460],
  ['-P1DT1.5S', -86_401.5],
  ['PT1M\n', 60],
  ['\n', 0],
  [' ', undefined],
  ['1 days 1:2', undefined],
  ['1 days  04:05:06', undefined],
  ['1 d', undefined],
  ['P1W', undefined],
  ['1 00:00:01\n\n', undefined],
])('a duration %j is %p seconds, as Django takes it', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});
