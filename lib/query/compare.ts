/**
 * Values as queries compare them. NULL is `null`. Integers and floats are numbers where a double is exact, else (integers
 * and decimals) an Exact; a text, a uuid and every point in time is a string whose code points are in the value's order.
 */
export type Value = string | number | boolean | Exact | null;

/** A number with every digit: `digits` × 10^-`scale`. */
export interface Exact {
  digits: bigint;
  scale: number;
}

/** @param text of a JSON number, or of a numeric as PostgreSQL writes it */
export function toNumber(text: string): number | Exact {
  const number = Number(text);
  if (String(number) === text) return number;
  const { groups } =
    /^(?<sign>[+-]?)(?<whole>\d*)\.?(?<fraction>\d*)(?:[eE](?<exponent>[+-]?\d+))?$/.exec(text) ?? {};
  if (groups === undefined) return number;
  const { sign = '', whole = '', fraction = '', exponent = '0' } = groups;
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(`${whole}${fraction}` || '0') * (sign === '-' ? -1n : 1n);
  const exact = scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
  return exact;
}

const asDouble = (value: number | Exact) =>
  typeof value === 'number' ? value : Number(value.digits) / 10 ** value.scale;

/** The decimal that JavaScript writes for a finite number: the one that it was read from. */
function exactly(value: number | Exact): Exact {
  if (typeof value === 'object') return value;
  const { groups } =
    /^(?<sign>-?)(?<whole>\d+)\.?(?<fraction>\d*)(?:e(?<exponent>[+-]\d+))?$/.exec(String(value)) ?? {};
  const { sign = '', whole = '0', fraction = '', exponent = '0' } = groups ?? {};
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(`${whole}${fraction}`) * (sign === '-' ? -1n : 1n);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

/** Numbers in PostgreSQL's order: NaN is equal to itself, and above everything. */
export function compareNumbers(a: number | Exact, b: number | Exact): number {
  if (typeof a === 'number' && typeof b === 'number') {
    if (a < b) return -1;
    if (a > b) return 1;
    if (a === b) return 0;
    return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : -1;
  }
  const [x, y] = [asDouble(a), asDouble(b)];
  if (!Number.isFinite(x) || !Number.isFinite(y)) return compareNumbers(x, y);
  const [c, d] = [exactly(a), exactly(b)];
  const scale = Math.max(c.scale, d.scale);
  const [left, right] = [
    c.digits * 10n ** BigInt(scale - c.scale),
    d.digits * 10n ** BigInt(scale - d.scale),
  ];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** By code points, as `COLLATE "C"` does. JavaScript's `<` compares UTF-16 units, which differs above U+FFFF. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x === y) continue;
    // A surrogate stands for a code point above every other unit.
    const isSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;
    if (isSurrogate(x) !== isSurrogate(y)) return isSurrogate(x) ? 1 : -1;
    return x < y ? -1 : 1;
  }
  return a.length - b.length;
}

/** Of two values of one column that are not null. */
export function compareValues(a: Exclude<Value, null>, b: Exclude<Value, null>): number {
  if (typeof a === 'string' && typeof b === 'string') return a === b ? 0 : compareTexts(a, b);
  if (typeof a === 'boolean' || typeof b === 'boolean') return Number(a) - Number(b);
  if (typeof a === 'string' || typeof b === 'string') throw new TypeError('values of two kinds are compared');
  return compareNumbers(a, b);
}

/** The order of a column: NULL is above everything, as PostgreSQL has it by default. */
export function compareNullable(a: Value, b: Value): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return compareValues(a, b);
}

/**
 * PostgreSQL's `UPPER`: a character becomes one character. What JavaScript expands (ß, ŉ, ΐ) stays as it is.
 */
export function upper(text: string): string {
  const folded = text.toUpperCase();
  if (folded.length === text.length) return folded;
  let result = '';
  for (const character of text) {
    const one = character.toUpperCase();
    result += one.length === character.length ? one : character;
  }
  return result;
}
