import { bundle } from '../bundle.ts';
import { type Figure, figureOf } from '../figure.ts';
import type { Measure } from '../measure.ts';
import { projectFile } from '../project-file.ts';
import {
  memoryOf,
  type Subject,
  startFunction,
  startNothing,
  startPeer,
  type Task,
} from '../subjects/subject.ts';
import { benchDir, type Place, publish } from '../world.ts';

interface Case {
  name: string;
  start: () => Promise<Subject>;
  /** What it is asked for, if anything. */
  tasks: readonly Task[];
}

/**
 * Resident memory of a process once it has started, after what it is for, and the most that it ever was. Each has a new
 * process for each sample, so that its peak is its own.
 */
export const measure: Measure = async ({ world, sizes, quick, progress }) => {
  if (process.platform !== 'linux') {
    progress('skipped: only Linux tells the peak of a process');
    return [];
  }
  const rounds = quick ? 1 : 3;
  const fileOf = (name: string) => `${benchDir}/${name}.mjs`;
  for (const name of ['list', 'refresh']) await bundle(projectFile(`functions/${name}.ts`), fileOf(name));
  const figures: Figure[] = [];

  for (const rows of sizes) {
    progress(`${rows.toLocaleString('en')} topics`);
    const place = await world.at(rows);
    await publish(place);
    const empty: Place[] = [];
    for (let round = 0; round < rounds; round += 1)
      empty.push(await world.withCache(place, `memory-${rows}-${round}`));
    const casesOf = (round: number): Case[] => [
      {
        name: 'list function',
        start: () => startFunction('list', fileOf('list'), place.environment),
        tasks: [
          { variant: 'plain', requests: 20 },
          { variant: 'gzip', requests: 20 },
        ],
      },
      {
        name: 'refresh function',
        start: () => startFunction('refresh', fileOf('refresh'), (empty[round] ?? place).environment),
        tasks: [{ variant: 'reconcile' }],
      },
      {
        name: 'FastAPI + Django',
        start: () => startPeer('original', place.databaseUrl),
        tasks: [{ requests: 20 }],
      },
      { name: 'Node alone', start: startNothing, tasks: [] },
    ];
    figures.push(...(await take(rows, casesOf)));
  }
  return figures;

  async function take(rows: number, casesOf: (round: number) => Case[]) {
    const samples = new Map<string, Record<(typeof variants)[number], number[]>>();
    for (let round = 0; round < rounds; round += 1)
      for (const one of casesOf(round)) {
        const found = samples.get(one.name) ?? { started: [], served: [], peak: [] };
        samples.set(one.name, found);
        const memory = await memoryFor(one);
        for (const variant of variants) found[variant].push(memory[variant]);
      }
    return [...samples].flatMap(([subject, found]) =>
      variants.map((variant) =>
        figureOf({ measure: 'memory', subject, variant, rows, unit: 'MiB' }, found[variant]),
      ),
    );
  }
};

const variants = ['started', 'served', 'peak'] as const;

async function memoryFor({ start, tasks }: Case) {
  const subject = await start();
  try {
    const { resident: started } = await memoryOf(subject.pid);
    for (const task of tasks) await subject.do(task);
    const { resident: served, peak } = await memoryOf(subject.pid);
    return { started, served, peak };
  } finally {
    await subject.stop();
  }
}
