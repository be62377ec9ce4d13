import type { KeyOrder } from './table.ts';

/** Primary keys as texts, in the order of the database's reads. */
export interface Keys {
  compare(a: string, b: string): number;
  /** A client's spelling of a key in PostgreSQL's spelling; undefined for an invalid key. */
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

/** The order of `COLLATE "C"`: by UTF-8 bytes. JavaScript's `<` compares UTF-16 units. */
const byCodePoint = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
