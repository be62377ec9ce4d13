import { type Key, LiveTableError } from './api.ts';
import { exactInteger } from './exact-json.ts';

/** The difference between the records of two generations. */
export interface Difference {
  upserts: readonly unknown[];
  deletes: readonly unknown[];
  /** The number of records afterwards. */
  count: number;
}

export const mismatch = (message: string) => new LiveTableError('answer_mismatch', message);

/** The records of one generation, in order. Each change is applied as a whole, or not at all. */
export function createRecords<R extends object>(keyName: string, compare: (a: R, b: R) => number = () => 0) {
  let byKey = new Map<Key, R>();
  let inOrder: readonly R[] = [];

  const isRecord = (value: unknown): value is R =>
    typeof value === 'object' && value !== null && isKey(Reflect.get(value, keyName));
  const keyOf = (record: object): Key => {
    const key: unknown = Reflect.get(record, keyName);
    return isKey(key) ? key : ''; // parseRecord has checked it
  };
  const order = (a: R, b: R) => compare(a, b) || compareKeys(keyOf(a), keyOf(b));

  function parseRecord(value: unknown): R {
    if (isRecord(value)) return value;
    throw new LiveTableError('answer_invalid', `A record has no key "${keyName}".`);
  }

  /** The index at which a record is, or would be inserted. */
  function placeOf(record: R): number {
    let low = 0;
    let high = inOrder.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = inOrder[middle];
      if (other !== undefined && order(other, record) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    get: (key: Key) => byKey.get(typeof key === 'bigint' ? exactInteger(String(key)) : key),
    all: () => inOrder,

    /** @throws LiveTableError if a key occurs twice, or the number of records differs from the count */
    replace(values: readonly unknown[], count: number) {
      const records = values.map(parseRecord).sort(order);
      const keyed = new Map(records.map((record) => [keyOf(record), record]));
      if (keyed.size !== records.length) throw mismatch('A key occurs twice.');
      checkCount(keyed.size, count);
      byKey = keyed;
      inOrder = records;
    },

    /** @throws LiveTableError if the difference does not apply to these records */
    apply({ upserts, deletes, count }: Difference) {
      const added = upserts.map(parseRecord).sort(order);
      const removed: R[] = [];
      const keys = new Set<unknown>(deletes);
      for (const key of deletes) {
        const record = isKey(key) ? byKey.get(key) : undefined;
        if (record === undefined) throw mismatch(`The deleted key ${String(key)} is not in the list.`);
        removed.push(record);
      }
      for (const record of added) {
        keys.add(keyOf(record));
        const former = byKey.get(keyOf(record));
        if (former !== undefined) removed.push(former);
      }
      if (keys.size !== upserts.length + deletes.length) throw mismatch('A key occurs twice.');
      checkCount(byKey.size - removed.length + added.length, count);
      if (keys.size === 0) return;

      const edits: { at: number; record?: R }[] = [
        ...added.map((record) => ({ at: placeOf(record), record })),
        ...removed.map((record) => {
          const at = placeOf(record);
          return { at: inOrder[at] === record ? at : inOrder.indexOf(record) };
        }),
      ].sort((a, b) => a.at - b.at); // stable: at one place, insertions in their order, then the removal
      const next = new Array<R>(count); // as long as it gets: a push for each record costs ten times as much
      let from = 0;
      let to = 0;
      const copyUntil = (end: number) => {
        for (const record of inOrder.slice(from, end)) next[to++] = record;
        from = end;
      };
      for (const { at, record } of edits) {
        copyUntil(at);
        if (record) next[to++] = record;
        else from += 1;
      }
      copyUntil(inOrder.length);

      for (const record of removed) byKey.delete(keyOf(record));
      for (const record of added) byKey.set(keyOf(record), record);
      inOrder = next;
    },
  };
}

function checkCount(found: number, expected: number) {
  if (found !== expected) throw mismatch(`The list has ${found} records, expected ${expected}.`);
}

export const isKey = (value: unknown): value is Key =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';

/** Compares numbers by value, and strings by code points like `COLLATE "C"`. */
export function compareKeys(a: Key, b: Key): number {
  if (typeof a !== 'string' || typeof b !== 'string') return a < b ? -1 : a > b ? 1 : 0;
  for (let at = 0; at < a.length && at < b.length; at++) {
    const difference = codePointRank(a.charCodeAt(at)) - codePointRank(b.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Ranks a UTF-16 unit by its code point: surrogates rank above U+FFFF. */
const codePointRank = (unit: number) => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);
