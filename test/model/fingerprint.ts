/**
 * A hash of everything that decides how a play continues, so that of two plays with the same hash only one has to. It
 * is kept up to date part by part. It has 53 bits: the probability that two of ten million states collide is 0.6 %.
 */
export interface Fingerprint {
  /** Replaces the content of a part. */
  put(part: string, content: unknown): void;
  drop(part: string): void;
  /** Adds an event to the history of a part. */
  append(part: string, event: unknown): void;
  /** @param rest further content that is not kept as a part */
  value(rest: string): number;
  copy(): FingerprintCopy;
  /** Continues from a copy. Until then every other call does nothing. */
  resume(copy: FingerprintCopy): void;
}

export interface FingerprintCopy {
  parts: ReadonlyMap<string, Hash>;
  low: number;
  high: number;
}

export const emptyCopy: FingerprintCopy = { parts: new Map(), low: 0, high: 0 };

export function createFingerprint(): Fingerprint {
  let isIdle = true;
  let parts = new Map<string, Hash>();
  let [low, high]: Hash = [0, 0];
  const toggle = (hash: Hash | undefined) => {
    if (hash === undefined) return;
    low ^= hash[0];
    high ^= hash[1];
  };
  function put(part: string, content: unknown) {
    if (isIdle) return;
    const hash = hashOf(`${part} ${textOf(content)}`);
    toggle(parts.get(part));
    toggle(hash);
    parts.set(part, hash);
  }
  return {
    put,
    drop(part) {
      if (isIdle) return;
      toggle(parts.get(part));
      parts.delete(part);
    },
    append(part, event) {
      if (isIdle) return;
      const [a, b] = parts.get(part) ?? [0, 0];
      put(part, `${a} ${b} ${textOf(event)}`);
    },
    copy: () => ({ parts: new Map(parts), low, high }),
    resume(copy) {
      isIdle = false;
      parts = new Map(copy.parts);
      ({ low, high } = copy);
    },
    value(rest) {
      const [a, b] = hashOf(rest);
      return ((high ^ b) >>> 11) * 2 ** 32 + ((low ^ a) >>> 0);
    },
  };
}

// In the contexts of the test runner each use of a global takes a slow look-up.
const { imul } = Math;
const { iterator } = Symbol;

type Hash = readonly [low: number, high: number];

/** The public-domain hash cyrb53, before its halves are joined. */
function hashOf(text: string): Hash {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    a = imul(a ^ unit, 2_654_435_761);
    b = imul(b ^ unit, 1_597_334_677);
  }
  a = imul(a ^ (a >>> 16), 2_246_822_507) ^ imul(b ^ (b >>> 13), 3_266_489_909);
  b = imul(b ^ (b >>> 16), 2_246_822_507) ^ imul(a ^ (a >>> 13), 3_266_489_909);
  return [a, b];
}

const texts = new WeakMap<object, string>();

/** A value as text, cached for objects: they must not change afterwards. */
export function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  let text = texts.get(value);
  if (text === undefined) {
    text = JSON.stringify(value, (_, inner: unknown) => {
      if (typeof inner === 'bigint') return String(inner);
      if (typeof inner !== 'object' || inner === null || !(iterator in inner)) return inner;
      return inner instanceof Map || inner instanceof Set ? [...inner] : inner;
    });
    texts.set(value, text);
  }
  return text;
}
