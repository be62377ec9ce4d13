/** The most interferences that were left in each known state. A Map holds at most 16 million entries; this holds more. */
export interface KnownStates {
  size(): number;
  /**
   * @param left at most 254
   * @returns whether the state is new, or was known with fewer interferences left
   */
  add(state: number, left: number): boolean;
}

/** A hash table with linear probing, at most half full. */
export function createKnownStates(): KnownStates {
  let slots = 1 << 12;
  let states = new Float64Array(slots);
  /** 1 more than the interferences left; 0: a free slot. */
  let lefts = new Uint8Array(slots);
  let size = 0;

  function slotOf(state: number): number {
    let slot = ((state % slots) | 0) & (slots - 1);
    while (lefts[slot] !== 0 && states[slot] !== state) slot = (slot + 1) & (slots - 1);
    return slot;
  }
  function grow() {
    const [oldStates, oldLefts] = [states, lefts];
    slots *= 2;
    states = new Float64Array(slots);
    lefts = new Uint8Array(slots);
    for (const [at, left] of oldLefts.entries()) {
      if (left === 0) continue;
      const state = oldStates[at] ?? 0;
      const slot = slotOf(state);
      states[slot] = state;
      lefts[slot] = left;
    }
  }

  return {
    size: () => size,
    add(state, left) {
      const slot = slotOf(state);
      const was = lefts[slot] ?? 0;
      if (was > left) return false;
      states[slot] = state;
      lefts[slot] = left + 1;
      if (was === 0) size += 1;
      if (size * 2 > slots) grow();
      return true;
    },
  };
}
