import { expect, test } from '@jest/globals';
import { durationText, pythonFloat, pythonNumber } from '../../lib/tables/python-text.ts';

test.each([
  [1, '1.0'],
  [-0, '-0.0'],
  [0.1, '0.1'],
  [-12.5, '-12.5'],
  [1e-4, '0.0001'],
  [1e-5, '1e-05'],
  [1.5e-7, '1.5e-07'],
  [9999999999999998, '9999999999999998.0'],
  [1e16, '1e+16'],
  [1.7976931348623157e308, '1.7976931348623157e+308'],
  [5e-324, '5e-324'],
])('the float %p has the digits of Python: %s', (number, text) => {
  expect(pythonFloat(number)).toBe(text);
});

test.each([
  ['12345678901234567890', '12345678901234567890'],
  ['12345678901234567890.10', '1.2345678901234567e+19'],
  ['1e5', '100000.0'],
  ['0.50', '0.5'],
  ['1e400', '1e400'],
])('the number %s in JSON is %s after Python has read and written it', (token, text) => {
  expect(pythonNumber(token)).toBe(text);
});

test.each([
  ['0', '00:00:00'],
  ['93784', '1 02:03:04'],
  ['0.5', '00:00:00.500000'],
  ['-0.000001', '-1 23:59:59.999999'],
  ['-86400', '-1 00:00:00'],
  ['3599999996400', '41666666 15:00:00'],
])('%s seconds are %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});
