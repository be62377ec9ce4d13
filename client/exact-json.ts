/**
 * Parses JSON. An integer whose digits a number would round becomes a bigint: 9007199254740993 stays apart from
 * 9007199254740992. A browser that does not tell a reviver the source text gives the rounded number.
 */
export function parseExact(text: string): unknown {
  if (!/(^|[[:,])\s*-?\d{16}/.test(text)) return JSON.parse(text); // a reviver makes a large list several times slower
  return JSON.parse(text, (_name, value: unknown, context?: { source?: string }) => {
    const source = context?.source ?? '';
    return typeof value === 'number' && /^-?\d+$/.test(source) ? exactInteger(source) : value;
  });
}

/** A number where it has the same digits, else a bigint. */
export function exactInteger(digits: string): number | bigint {
  const number = Number(digits);
  return String(number) === digits ? number : BigInt(digits);
}
