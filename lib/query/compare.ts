/**
 * Values as queries compare them. NULL is `null`. Integers and decimals are numbers where a double names them, else an
 * Exact; a text, a uuid and every point in time is a string whose code points are in the value's order.
 */
export type Value = string | number | boolean | Exact | null;

/** A number with every digit: `digits` × 10^-`scale`. */
export interface Exact {
  digits: bigint;
  scale: number;
}

/** A decimal of so many digits is the shortest one that names its double. */
const digitsOfDouble = 15;

const decimal = /^(?<sign>[+-]?)(?<whole>\d*)\.?(?<fraction>\d*)(?:[eE](?<exponent>[+-]?\d+))?$/;

/** @param text of a JSON number, or of a numeric as PostgreSQL writes it. Two equal numbers become equal values */
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

/** A number's decimal, of a double the shortest one. */
export const toDecimal = (value: number | Exact): string =>
  typeof value === 'number' ? String(value) : `${value.digits}e${-value.scale}`;

/** Numbers in PostgreSQL's order: NaN is equal to itself, and above everything. */
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

/** By code points, as `COLLATE "C"` does. JavaScript's `<` compares UTF-16 units, which differs above U+FFFF. */
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

/** Of two values of one column that are not null. */
export function compareValues(a: Exclude<Value, null>, b: Exclude<Value, null>): number {
  if (typeof a === 'string' && typeof b === 'string') return a === b ? 0 : compareTexts(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (typeof a === 'string' || typeof b === 'string' || typeof a === 'boolean' || typeof b === 'boolean')
    throw new TypeError('values of two kinds are compared');
  return compareNumbers(a, b);
}

/** The order of a column: NULL is above everything, as PostgreSQL has it by default. */
export function compareNullable(a: Value, b: Value): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return compareValues(a, b);
}

/**
 * PostgreSQL's `UPPER` in the locales of the C library and in `C.UTF-8`: a character becomes one character. What JavaScript
 * expands stays as it is (ß, ŉ, ΐ), or becomes its title case (ᾳ).
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

/** The Greek vowels with a small iota below have capitals with one beside them, which is a character too. */
function titleCase(character: string): string {
  const [, eight, nine] = /^(?:([ᾀ-ᾇᾐ-ᾗᾠ-ᾧ])|([ᾳῃῳ]))$/.exec(character) ?? [];
  const distance = eight !== undefined ? 8 : nine !== undefined ? 9 : 0;
  return distance === 0 ? character : String.fromCharCode(character.charCodeAt(0) + distance);
}
