/**
 * Parses JSON. An integer that a number would round becomes a bigint, so 9007199254740993 differs from 9007199254740992.
 * In a browser whose reviver gets no source text, the integer is rounded.
 */
export function parseExact(text: string): unknown {
  if (!/(^|[[:,])\s*-?\d{16}/.test(text)) return JSON.parse(text); // parsing a large list with a reviver is several times slower
  return JSON.parse(text, (_name, value: unknown, context?: { source?: string }) => {
    const source = context?.source ?? '';
    return typeof value === 'number' && /^-?\d+$/.test(source) ? exactInteger(source) : value;
  });
}

/** A number if it has the same digits, else a bigint. */
export function exactInteger(digits: string): number | bigint {
  const number = Number(digits);
  return String(number) === digits ? number : BigInt(digits);
}
