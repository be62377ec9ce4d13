import type { Build } from './build.ts';
import { change } from './events.ts';
import { startFunction } from './process.ts';

/** The refresh function's process: it publishes what the database holds whenever it is told of a change. */
export async function startRefresh(
  build: Build,
  environment: Record<string, string>,
  bundle?: { name: string; tables: string },
) {
  const { file } = await build.bundle('functions/refresh.ts', bundle);
  return startFunction('the refresh function', file, environment);
}

/** Publishes once, in a process of its own. */
export async function publish(...refreshed: Parameters<typeof startRefresh>) {
  const refresh = await startRefresh(...refreshed);
  try {
    await refresh.do({ event: change }, 'published');
  } finally {
    await refresh.stop();
  }
}
