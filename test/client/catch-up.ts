import type { createVirtualTime } from '../../client/conformance/virtual-time.ts';

/** The longest pause after a failure, and the wait for an answer that was lost before it. */
const mostMs = 400_000;

/** Lets time pass until clients show the last version, and then for some polls, whose answers must not undo it. */
export async function catchUp(time: ReturnType<typeof createVirtualTime>, isLast: () => boolean) {
  for (let passedMs = 0; passedMs < mostMs && !isLast(); passedMs += 1_000) await time.advance(1_000);
  await time.advance(30_000);
}
