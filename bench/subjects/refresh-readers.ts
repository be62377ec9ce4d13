import * as z from 'zod';
import reconcile from '../../events/change-webhook.json' with { type: 'json' };
import { bundled } from '../bundles.ts';
import { installPeers } from '../peers/install.ts';
import { projectFile } from '../project-file.ts';
import type { Place } from '../world.ts';
import { startLineProcess } from './line-process.ts';

const Answer = z.object({ ms: z.number(), outcome: z.string() });
/** How long it took, and what came of it: `published`, `unchanged`, an HTTP status, a number of rows. */
export type Answer = z.infer<typeof Answer>;

/** A process that reads the topics whenever it is asked to. */
export interface Reader {
  name: string;
  /** @param event for the refresh function; to read the table, unless given */
  read(event?: object): Promise<Answer>;
  stop(): Promise<void>;
}

export const refreshFunction = 'refresh function';

/** The refresh function as it would be deployed. */
export async function startRefreshFunction({ environment }: Pick<Place, 'environment'>): Promise<Reader> {
  return startNode(refreshFunction, ['function', await bundled('refresh')], environment);
}

/** What the refresh function is measured beside. */
export async function startOthers(place: Place): Promise<Reader[]> {
  const interpreter = await installPeers();
  const python = (name: string, way: string) =>
    start(name, interpreter, [projectFile('bench/subjects/refresh-reader.py'), way], {
      DATABASE_URL: place.databaseUrl,
      PYTHONDONTWRITEBYTECODE: '1',
    });
  return [
    await python('FastAPI + Django', 'original'),
    await startNode('SELECT by pg', ['pg', place.databaseUrl], {}),
    await python('SELECT by psycopg2', 'psycopg2'),
    await startNode('SELECT through the Data API', ['data-api', place.database], place.environment),
  ];
}

async function startNode(name: string, args: string[], environment: Record<string, string>) {
  return start(name, process.execPath, [await bundled('refresh-reader'), ...args], environment);
}

async function start(...process: Parameters<typeof startLineProcess>): Promise<Reader> {
  const { ask, stop } = await startLineProcess(...process);
  return { name: process[0], stop, read: async (event = reconcile) => Answer.parse(await ask(event)) };
}
