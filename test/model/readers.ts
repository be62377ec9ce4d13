import { UnavailableError } from '../../lib/errors.ts';
import type { Load } from '../../lib/reading/loader.ts';
import { createReader, type ReadRequest, type Served } from '../../lib/reading/reader.ts';
import { compareVersions, type Version } from '../../lib/snapshots/head.ts';
import { createContainer } from './container.ts';
import type { Actor } from './scheduler.ts';
import type { World } from './world.ts';

const freshForMs = 2_000;
const staleLimitMs = 600_000;

/** A container that answers the list, and the rules for what it answers. */
export function createListContainer(world: World, actor: Actor) {
  const { scheduler, invariants } = world;
  const { check } = invariants;
  const container = createContainer(world, actor);
  const { now } = container.clock;

  /** When the last question was put, and the last that was answered. The table is asked the same question as the store. */
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let validatedAtMs: number | undefined;
  let answers = 0;
  const watched =
    (load: Load): Load =>
    (held, deadlineMs) =>
      scheduler.opaque(actor, async () => {
        const loaded = await load(held, deadlineMs);
        validatedAtMs = askedAtMs;
        answers += 1;
        return loaded;
      });
  const reader = createReader({
    load(held, deadlineMs) {
      askedAtMs = now();
      return watched(container.load)(held, deadlineMs);
    },
    loadWithoutStore: watched(container.loadWithoutStore),
    freshness: { freshForMs, staleLimitMs, transactionWaitMs: 1_000 },
    clock: container.clock,
    report: () => {},
  });

  let served: Version = { epoch: 0, rank: 0 };

  async function list(request: Pick<ReadRequest, 'noCache' | 'transactionId'>) {
    const before = { publishedAtStart: invariants.current(), startMs: now(), answers };
    let answer: Served;
    try {
      answer = await reader.read({ ...request, deadlineMs: now() + 30_000 });
    } catch (error) {
      refused(error, request);
      return;
    }
    answered(answer, request, before);
  }

  function refused(error: unknown, { transactionId }: Pick<ReadRequest, 'transactionId'>) {
    const expected = error instanceof UnavailableError;
    check(expected, 'never fatal: what is down is told as unavailable', String(error));
    if (!expected || error.code === 'transaction_not_included') {
      check(transactionId !== undefined, 'only a request that names a transaction is refused for one');
      return;
    }
    const ageMs = validatedAtMs === undefined ? Number.POSITIVE_INFINITY : now() - validatedAtMs;
    check(ageMs > staleLimitMs, 'never fatal: while memory holds anything, it is served', { ageMs });
  }

  function answered(
    { snapshot: { head, body }, ageMs, stale }: Served,
    { noCache = false, transactionId }: Pick<ReadRequest, 'noCache' | 'transactionId'>,
    before: { publishedAtStart: Version; startMs: number; answers: number },
  ) {
    const facts = { head, ageMs, stale, before, now: now() };
    invariants.served(head, body().toString());
    check(compareVersions(head, served) >= 0, 'monotone: a container never goes back', [served, facts]);
    served = head;
    check(now() - ageMs === validatedAtMs, 'the age is that of the last question that was answered', facts);
    check(
      compareVersions(head, invariants.publishedBefore(scheduler.now() - ageMs)) >= 0,
      'bounded staleness: nothing is older than its age says',
      facts,
    );
    if (!stale && answers === before.answers)
      check(ageMs < freshForMs, 'bounded staleness: memory is fresh for freshForMs', facts);
    if (!stale && noCache) {
      check(ageMs <= now() - before.startMs, 'no-cache: the question is put after the request', facts);
      check(compareVersions(head, before.publishedAtStart) >= 0, 'read your write', facts);
    }
    if (transactionId !== undefined)
      check(
        world.database.isFinishedIn(head.snapshot, transactionId),
        'a named transaction is in the answer',
        facts,
      );
  }

  return list;
}
