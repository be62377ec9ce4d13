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

  const placeOf = (record: R) => placeIn(inOrder, (other) => order(other, record) < 0);
  function indexIn(record: R): number {
    const at = placeOf(record);
    return inOrder[at] === record ? at : inOrder.indexOf(record);
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

      const holes = removed.map(indexIn).sort((a, b) => a - b);
      const next = new Array<R>(count); // as long as it gets: a push for each record costs ten times as much
      let [from, to, hole] = [0, 0, 0];
      for (const record of [...added, undefined]) {
        for (const end = record ? placeOf(record) : inOrder.length; from < end; from++) {
          const kept = inOrder[from];
          if (from === holes[hole]) hole++;
          else if (kept) next[to++] = kept;
        }
        if (record) next[to++] = record;
      }

      for (const record of removed) byKey.delete(keyOf(record));
      for (const record of added) byKey.set(keyOf(record), record);
      inOrder = next;
    },
  };
}

export type Records<R extends object> = ReturnType<typeof createRecords<R>>;

/** The number of items that come before a place: they are the first ones. */
function placeIn<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && isBefore(item)) low = middle + 1;
    else high = middle;
  }
  return low;
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
