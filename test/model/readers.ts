import { UnavailableError } from '../../lib/errors.ts';
import type { Refreshed } from '../../lib/publishing/refreshed.ts';
import { BlobError } from '../../lib/snapshots/blob-error.ts';
import { unpack } from '../../lib/snapshots/chunk.ts';
import { entryOf, isBehind } from '../../lib/snapshots/forms.ts';
import { answeredGeneration, type Pointer, type TableEntry } from '../../lib/snapshots/pointer.ts';
import { readChunkRefs, readTables } from '../../lib/stores/read-manifest.ts';
import { type Container, createContainer } from './container.ts';
import { formOf, type Release } from './invariants.ts';
import type { Actor } from './options.ts';
import type { World } from './world.ts';

const freshForMs = 2_000;

/** The answer of a container for one table. */
interface Answer {
  entry: TableEntry;
  body: string;
  /** The pointer that led to it, and when that was requested. */
  pointer: Pointer;
  askedAtMs: number;
}

/** The smallest reader that follows the protocol. Undefined: nothing is published in its form. */
interface ListReader {
  read(request: { noCache: boolean; version: number | undefined }): Promise<Answer | 'gone' | undefined>;
  memory(): Answer | undefined;
}

const table = 'topics';

function createSmallReader({ refresher, stores, clock }: Container, form: string): ListReader {
  const { pointers, blobs } = stores;
  let memory: Answer | undefined;

  async function load(pointer: Pointer, askedAtMs: number): Promise<Answer | undefined> {
    const answered = answeredGeneration(pointer);
    const shown = answered === pointer.generation ? pointer : await pointers.readArchived(answered);
    // An unpin and a sweep have deleted it since the pointer was read.
    if (shown === undefined) throw new BlobError(`generation ${answered}`, 'not there');
    const entry = entryOf((await readTables(blobs, shown))[table], form);
    if (entry === undefined) return undefined;
    const { refs } = await readChunkRefs(blobs, entry.manifest);
    const found = new Map(
      (await blobs.read(refs.map(({ hash }) => hash))).map((blob) => [blob.hash, blob] as const),
    );
    const bodies = refs.map(({ hash }) => {
      const blob = found.get(hash);
      if (blob === undefined) throw new BlobError(hash, 'not there');
      return unpack(blob).open().records.toString();
    });
    return { entry, body: bodies.join(','), pointer, askedAtMs };
  }

  async function ask(tries: number): Promise<Answer | undefined> {
    const askedAtMs = clock.now();
    const pointer = await pointers.read();
    if (pointer === undefined) return undefined;
    if (memory !== undefined && memory.pointer.revision === pointer.revision) return { ...memory, askedAtMs };
    try {
      return await load(pointer, askedAtMs);
    } catch (error) {
      if (!(error instanceof BlobError) || tries === 0) throw error;
      const again = await pointers.read();
      if (again?.revision !== pointer.revision) return ask(tries - 1);
      if (pointer.pin !== undefined) throw error; // a repair restores the published generation only
      const deadlineMs = clock.now() + 30_000;
      await refresher.refresh({ deadlineMs, wait: true, lingerMs: 0, repair: [error.hash] });
      return ask(tries - 1);
    }
  }

  return {
    memory: () => memory,
    async read({ noCache, version }) {
      if (memory === undefined || noCache || clock.now() - memory.askedAtMs >= freshForMs) {
        const askedAtMs = clock.now();
        let answer = await ask(3);
        const entries = answer && (await readTables(blobs, answer.pointer))[table];
        if (answer === undefined || (answer.pointer.pin === undefined && isBehind(entries, form))) {
          const caughtUp: Refreshed = await refresher.catchUp({ deadlineMs: clock.now() + 30_000 });
          if (caughtUp.outcome !== 'recorded') answer = (await ask(3)) ?? answer;
        }
        // After a reset nothing is served from memory, even if the tables could not be read yet.
        memory = answer && { ...answer, askedAtMs };
      }
      if (memory === undefined || version === undefined) return memory;
      const { pointer } = memory;
      const isKept = version >= pointer.oldest || version === pointer.pin;
      if (!isKept || version > pointer.generation) return 'gone';
      const archived = await pointers.readArchived(version);
      if (archived === undefined) return 'gone';
      const { pin: _, ...unpinned } = archived;
      const old = await load(unpinned, memory.askedAtMs).catch((error: unknown) => {
        if (error instanceof BlobError) return 'gone' as const;
        throw error;
      });
      return old === 'gone' || old === undefined ? 'gone' : { ...old, pointer };
    },
  };
}

/** Identifies an answer: a revision has one content. */
const nameOf = (answer: Answer | undefined) =>
  answer && `${answer.pointer.revision} ${answer.entry.etag} ${answer.askedAtMs}`;

export interface ListRequest {
  noCache: boolean;
  /** A replaced generation. */
  version: number | undefined;
  /** The number of earlier requests. */
  number: number;
}

/** A container that answers the list, and the rules for what it answers. */
export function createListContainer(world: World, actor: Actor, release: Release) {
  const { scheduler, invariants } = world;
  const { check } = invariants;
  const form = formOf(release);
  const container = createContainer(world, actor, { release });
  const reader = createSmallReader(container, form);
  const { now } = container.clock;
  let served: Answer | undefined;

  return async function list(request: ListRequest) {
    // Only this remains of earlier requests.
    const { noCache, version, number } = request;
    const answers = [reader.memory(), served].map(nameOf);
    scheduler.remembers(actor, [...answers, noCache, version, number, container.ids()].join());
    const startMs = now();
    let answer: Awaited<ReturnType<ListReader['read']>>;
    try {
      answer = await reader.read(request);
    } catch (error) {
      const expected = error instanceof UnavailableError || error instanceof BlobError;
      invariants.answered(actor.name, String(error));
      check(expected, 'never fatal: what is down is told as unavailable', String(error));
      return;
    }
    invariants.answered(actor.name, answer);
    if (answer === undefined || answer === 'gone') return;
    const { entry, body, pointer, askedAtMs } = answer;
    const facts = { entry, body, pointer, askedAtMs, now: now() };
    check(entry.form === form, 'only the deployed form is served', facts);
    check(
      now() - askedAtMs < freshForMs + (now() - startMs),
      'bounded staleness: memory is served for freshForMs',
      facts,
    );
    if (request.version !== undefined) {
      const content = invariants.contentOf(request.version)?.get(invariants.keyOf(table, form));
      check(content === undefined || content === entry.etag, 'a named version is what it was', facts);
      check(
        pointer.oldest <= request.version || pointer.pin === request.version,
        'forgettable: a generation below the history is not served',
        facts,
      );
      return;
    }
    const shown = answeredGeneration(pointer);
    const content = invariants.contentOf(shown)?.get(invariants.keyOf(table, form));
    check(
      content === undefined || content === entry.etag,
      'what is answered is the answered generation',
      facts,
    );
    check(
      body === invariants.bodyOfEtag(entry.etag),
      'untorn: what is served is one moment of the table',
      facts,
    );
    if (served !== undefined && served.pointer.pin === undefined && pointer.pin === undefined)
      check(pointer.generation >= served.pointer.generation, 'monotone: a container never goes back', [
        served.pointer.generation,
        facts,
      ]);
    if (request.noCache) check(askedAtMs >= startMs, 'no-cache: the store is asked after the request', facts);
    served = answer;
  };
}
