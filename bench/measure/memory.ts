import { bundled } from '../bundles.ts';
import { type Figure, figureOf } from '../figure.ts';
import type { Measure } from '../measure.ts';
import {
  memoryOf,
  type Subject,
  startFunction,
  startNothing,
  startPeer,
  type Task,
} from '../subjects/subject.ts';
import { inTurns } from '../turns.ts';
import { publish } from '../world.ts';

interface Case {
  name: string;
  start: (round: number) => Promise<Subject>;
  /** What it is asked for, if anything. */
  tasks: readonly Task[];
}

/**
 * Resident memory of a process once it has started, after what it is for, and the most that it ever was. Each
 * has a new process for each sample, so that its peak is its own. A refresh publishes into an empty cache
 * each time.
 */
export const measure: Measure = async ({ world, sizes, quick, progress }) => {
  const rounds = quick ? 1 : 3;
  const [listFile, refreshFile] = [await bundled('list'), await bundled('refresh')];
  const figures: Figure[] = [];

  for (const rows of sizes) {
    progress(`${rows.toLocaleString('en')} topics`);
    const place = await world.at(rows);
    await publish(place);
    const cases: Case[] = [
      {
        name: 'list function',
        start: () => startFunction('list', listFile, place.environment),
        tasks: [
          { variant: 'plain', requests: 20 },
          { variant: 'gzip', requests: 20 },
        ],
      },
      {
        name: 'refresh function',
        start: async (round) => {
          const { environment } = await world.withCache(place, `memory-${rows}-${round}`);
          return startFunction('refresh', refreshFile, environment);
        },
        tasks: [{ variant: 'reconcile' }],
      },
      {
        name: 'FastAPI + Django',
        start: () => startPeer('original', place.databaseUrl),
        tasks: [{ requests: 20 }],
      },
      { name: 'Node alone', start: startNothing, tasks: [] },
    ];
    for (const [{ name: subject }, found] of await inTurns(rounds, cases, memoryFor))
      for (const variant of variants) {
        const about = { measure: 'memory', subject, variant, rows, unit: 'MiB' } as const;
        figures.push(
          figureOf(
            about,
            found.map((memory) => memory[variant]),
          ),
        );
      }
  }
  return figures;
};

const variants = ['started', 'served', 'peak'] as const;

async function memoryFor({ name, start, tasks }: Case, round: number) {
  const subject = await start(round);
  try {
    const { resident: started } = await memoryOf(subject.pid);
    for (const task of tasks) {
      const { status } = await subject.do(task);
      // A plain list may be too large for Lambda: its memory is that of the refusal, as it would be there.
      if (status === 413 && task.variant !== 'plain') throw new Error(`${name} refuses ${task.variant}`);
    }
    const { resident: served, peak } = await memoryOf(subject.pid);
    return { started, served, peak };
  } finally {
    await subject.stop();
  }
}
