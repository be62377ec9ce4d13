/**
 * Values as queries compare them. NULL is `null`. An integer or decimal is a number if a double represents it, else
 * an Exact. A text, a uuid or a point in time is a string whose code points sort like the value.
 */
export type Value = string | number | boolean | Exact | null;

/** A number with every digit: `digits` × 10^-`scale`. */
export interface Exact {
  digits: bigint;
  scale: number;
}

/** A decimal of at most this number of digits is the shortest one for its double. */
const digitsOfDouble = 15;

const decimal = /^(?<sign>[+-]?)(?<whole>\d*)\.?(?<fraction>\d*)(?:[eE](?<exponent>[+-]?\d+))?$/;

/** @param text of a JSON number, or of a numeric as PostgreSQL writes it. Equal numbers become equal values */
export function toNumber(text: string): number | Exact {
  if (text.length <= digitsOfDouble) return Number(text);
  const number = Number(text);
  if (String(number) === text) return number;
  const exact = exactOf(text);
  if (exact === undefined) return number;
  const { digits, scale } = withoutZeros(exact);
  const size = digits < 0n ? -digits : digits;
  return size < 10n ** BigInt(digitsOfDouble) && scale < 300 && scale > -300 ? number : { digits, scale };
}

function exactOf(text: string): Exact | undefined {
  const { groups } = decimal.exec(text) ?? {};
  if (groups === undefined) return undefined;
  const { sign = '', whole = '', fraction = '', exponent = '0' } = groups;
  const digits = BigInt(`${whole}${fraction}` || '0') * (sign === '-' ? -1n : 1n);
  return { digits, scale: fraction.length - Number(exponent) };
}

function withoutZeros({ digits, scale }: Exact): Exact {
  const zeros = digits === 0n ? 0 : (/0*$/.exec(String(digits))?.[0].length ?? 0);
  return { digits: digits / 10n ** BigInt(zeros), scale: scale - zeros };
}

/** A number as a decimal; for a double the shortest one. */
export const toDecimal = (value: number | Exact): string =>
  typeof value === 'number' ? String(value) : `${value.digits}e${-value.scale}`;

/** PostgreSQL's order of numbers: NaN equals itself, and is above all others. */
export function compareNumbers(a: number | Exact, b: number | Exact): number {
  if (typeof a === 'number' && typeof b === 'number') {
    if (a < b) return -1;
    if (a > b) return 1;
    if (a === b) return 0;
    return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : -1;
  }
  if (typeof a === 'number' && !Number.isFinite(a)) return a < 0 ? -1 : 1;
  if (typeof b === 'number' && !Number.isFinite(b)) return b < 0 ? 1 : -1;
  const [c, d] = [exactOf(toDecimal(a)), exactOf(toDecimal(b))];
  if (c === undefined || d === undefined) throw new TypeError('a number has no decimal');
  const scale = Math.max(c.scale, d.scale);
  const left = c.digits * 10n ** BigInt(scale - c.scale);
  const right = d.digits * 10n ** BigInt(scale - d.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** By code points, like `COLLATE "C"`. JavaScript's `<` compares UTF-16 units, which differs above U+FFFF. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x === y) continue;
    // A surrogate stands for a code point above every other unit.
    if (isSurrogate(x) !== isSurrogate(y)) return isSurrogate(x) ? 1 : -1;
    return x < y ? -1 : 1;
  }
  return a.length - b.length;
}
const isSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;

/** Compares two values of one column; neither is null. */
export function compareValues(a: Exclude<Value, null>, b: Exclude<Value, null>): number {
  if (typeof a === 'string' && typeof b === 'string') return a === b ? 0 : compareTexts(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (typeof a === 'string' || typeof b === 'string' || typeof a === 'boolean' || typeof b === 'boolean')
    throw new TypeError('values of two kinds are compared');
  return compareNumbers(a, b);
}

/** The order of a column: NULL is above all others, PostgreSQL's default. */
export function compareNullable(a: Value, b: Value): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return compareValues(a, b);
}

/**
 * PostgreSQL's `UPPER` in the locales of the C library and in `C.UTF-8`: one character becomes one character.
 * Characters that JavaScript expands stay (ß, ŉ, ΐ), or become their title case (ᾳ).
 */
export function upper(text: string): string {
  const folded = text.toUpperCase();
  if (folded.length === text.length) return folded;
  let result = '';
  for (const character of text) {
    const one = character.toUpperCase();
    result += one.length === character.length ? one : titleCase(character);
  }
  return result;
}

/** Greek vowels with iota subscript have one-character capitals with a prosgegrammeni. */
function titleCase(character: string): string {
  const [, eight, nine] = /^(?:([ᾀ-ᾇᾐ-ᾗᾠ-ᾧ])|([ᾳῃῳ]))$/.exec(character) ?? [];
  const distance = eight !== undefined ? 8 : nine !== undefined ? 9 : 0;
  return distance === 0 ? character : String.fromCharCode(character.charCodeAt(0) + distance);
}
