import type { KeyOrder } from './table.ts';

/** Primary keys outside the database, as texts: in the order in which the database was told to read them. */
export interface Keys {
  compare(a: string, b: string): number;
  /** A key as a client writes it, in the form that PostgreSQL writes; undefined for what cannot be one. */
  parse(text: string): string | undefined;
}

export function keysOf({ type }: KeyOrder): Keys {
  switch (type) {
    case 'bigint':
      return {
        compare: (a, b) => (a === b ? 0 : BigInt(a) < BigInt(b) ? -1 : 1),
        parse: (text) => (/^-?\d{1,19}$/.test(text) ? String(BigInt(text)) : undefined),
      };
    case 'uuid':
      return {
        compare: byCodePoint,
        parse: (text) =>
          /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text) ? text.toLowerCase() : undefined,
      };
    case 'text':
      return { compare: byCodePoint, parse: (text) => text };
  }
}

/** `COLLATE "C"`: as the UTF-8 bytes compare. JavaScript's `<` would order UTF-16 units. */
const byCodePoint = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
