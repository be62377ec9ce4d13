import { bundled } from '../bundles.ts';
import { type Figure, figureOf } from '../figure.ts';
import type { Measure } from '../measure.ts';
import { checkAnswers } from '../peers/check.ts';
import { type Subject, startFunction, startPeer, type Task } from '../subjects/subject.ts';
import { inTurns } from '../turns.ts';
import { benchDir, publish } from '../world.ts';

const mostRequests = 1_000;

interface Case {
  name: string;
  subject: Subject;
  variant: NonNullable<Task['variant']>;
}

/**
 * What a request takes from the event to the response, in one process and without HTTP, once the process is
 * warm: the bundled list function called as Lambda calls it, the peers as their server calls them. They take
 * turns, in batches. FRESH_FOR_MS is the default, so one request in a second asks DynamoDB besides; of the
 * variant `asks DynamoDB`, each.
 */
export const measure: Measure = async ({ world, sizes, quick, progress }) => {
  const { rounds, warmUpMs, batchMs } = quick
    ? { rounds: 3, warmUpMs: 100, batchMs: 50 }
    : { rounds: 7, warmUpMs: 500, batchMs: 300 };
  const figures: Figure[] = [];

  for (const rows of sizes) {
    const place = await world.at(rows);
    await publish(place);
    const list = await startFunction('list', await bundled('list'), place.environment);
    const original = await startPeer('original', place.databaseUrl);
    const bytesKept = await startPeer('original_bytes', place.databaseUrl);
    const rest = await startPeer('rest', place.databaseUrl);
    const cases: Case[] = [
      { name: 'list function', subject: list, variant: 'plain' },
      { name: 'list function', subject: list, variant: 'gzip' },
      { name: 'list function', subject: list, variant: '304' },
      { name: 'list function', subject: list, variant: 'asks DynamoDB' },
      { name: 'FastAPI + Django', subject: original, variant: 'plain' },
      { name: 'FastAPI, bytes kept', subject: bytesKept, variant: 'plain' },
      { name: 'Django REST framework', subject: rest, variant: 'plain' },
    ];
    try {
      const compared = await checkAnswers({ list, original, bytesKept, rest }, benchDir);
      progress(`${rows.toLocaleString('en')} topics: ${compared ? 'all answer the same' : 'not compared'}`);
      figures.push(...(await take(rows, cases)));
    } finally {
      for (const subject of [list, original, bytesKept, rest]) await subject.stop();
    }
  }
  return figures;

  async function take(rows: number, cases: readonly Case[]) {
    const ready = [];
    for (const one of cases) {
      const requests = await warmUp(one);
      if (requests !== undefined) ready.push({ ...one, requests });
    }
    const batches = await inTurns(rounds, ready, async ({ name, subject, variant, requests }) => {
      const { status, times } = await subject.do({ variant, requests });
      if (status === 413) throw new Error(`${name}, ${variant} is refused, and was not before`);
      return times;
    });
    return [...batches].map(([{ name: subject, variant }, times]) =>
      figureOf({ measure: 'warm', subject, variant, rows, unit: 'ms' }, times.flat()),
    );
  }

  /** @returns how many requests a batch should have; undefined where they are refused */
  async function warmUp({ name, subject, variant }: Case): Promise<number | undefined> {
    const startMs = performance.now();
    for (let requests = 1; ; requests = Math.min(mostRequests, requests * 2)) {
      const { status, times } = await subject.do({ variant, requests });
      if (status === 413) {
        progress(`${name}, ${variant}: refused, as it is larger than an answer of Lambda`);
        return undefined;
      }
      if (performance.now() - startMs < warmUpMs) continue;
      const meanMs = times.reduce((sum, ms) => sum + ms, 0) / times.length;
      return Math.min(mostRequests, Math.max(1, Math.round(batchMs / meanMs)));
    }
  }
};
