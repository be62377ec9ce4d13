import type { Build } from './build.ts';
import { change } from './events.ts';
import { startFunction } from './process.ts';

/** Starts the process of the refresh function, which publishes the database's rows after each change event. */
export async function startRefresh(
  build: Build,
  environment: Record<string, string>,
  bundle?: { name: string; tables: string },
) {
  const { file } = await build.bundle('functions/refresh.ts', bundle);
  return startFunction('the refresh function', file, environment);
}

/** Publishes once, in a separate process. */
export async function publish(...refreshed: Parameters<typeof startRefresh>) {
  const refresh = await startRefresh(...refreshed);
  try {
    await refresh.do({ event: change }, 'published');
  } finally {
    await refresh.stop();
  }
}
