/**
 * The CRC-32 of gzip, bits reversed: the highest bit is the coefficient of x⁰. Node has `zlib.crc32`, but not zlib's
 * `crc32_combine`, which saves a pass over the whole list: to combine takes 0.3 µs, `zlib.crc32` 200 µs for 1 MB (medians of
 * 20,000 and 200 calls).
 */
const polynomial = 0xed_b8_83_20;
const one = 0x80_00_00_00;

/**
 * The CRC-32 of two concatenated byte sequences, from the CRC-32 of each.
 * @param secondBytes the length of the second
 */
export const crc32Of = (first: number, second: number, secondBytes: number) =>
  (product(first, shiftedBy(8 * secondBytes)) ^ second) >>> 0;

/** x¹, x², x⁴, …, as far as a length has needed them: each takes as long as the rest of the work for a length. */
const squares = [one >>> 1];

/** x to the power of `bits`: the factor that `bits` appended bits give to what precedes them. */
function shiftedBy(bits: number): number {
  let power: number | undefined;
  for (let rest = bits, at = 0; rest > 0; rest = Math.floor(rest / 2), at += 1) {
    const square = squareAt(at);
    if (rest % 2 === 1) power = power === undefined ? square : product(power, square);
  }
  return power ?? one;
}

function squareAt(at: number): number {
  const known = squares[at];
  if (known !== undefined) return known;
  const root = squareAt(at - 1);
  const square = product(root, root);
  squares[at] = square;
  return square;
}

/** The product of two polynomials over GF(2), modulo the CRC polynomial. */
function product(a: number, b: number): number {
  let sum = 0;
  let shifted = b;
  for (let rest = a; rest !== 0; rest <<= 1) {
    if (rest & one) sum ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ polynomial : shifted >>> 1;
  }
  return sum >>> 0;
}
