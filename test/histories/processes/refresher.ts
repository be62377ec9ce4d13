/** A container of the refresh function: it is called, and may be killed or frozen at any moment. */

import * as z from 'zod';
import type { Head } from '../../../lib/snapshots/head.ts';
import { ContainerSettings, createContainer } from '../container.ts';
import type { Call } from '../messages.ts';
import { monotonicMs } from '../monotonic.ts';
import { codeOf, openChannel } from './process.ts';

const Settings = z.object({
  name: z.string(),
  container: ContainerSettings,
  /** The function's timeout, and so the longest time of a lease. */
  timeoutMs: z.number(),
});

const { settings, send } = openChannel(Settings, (message) => {
  if (message.type === 'stop') process.exit();
  if (message.type === 'call') void answer(message);
});
const { clock, shared } = createContainer(settings.container, { report: () => {} });
send({ type: 'ready' });

async function answer({ id, call, xids }: Call) {
  const beganMs = monotonicMs();
  const line = { kind: 'refresh', process: settings.name, call, xids, beganMs } as const;
  try {
    const refreshed = await perform(call, xids);
    const head = 'head' in refreshed ? { head: shownOf(refreshed.head) } : {};
    send({ type: 'line', line: { ...line, outcome: refreshed.outcome, ...head, atMs: monotonicMs() } });
    send({ type: 'done', id, failed: false });
  } catch (error) {
    send({ type: 'line', line: { ...line, outcome: 'failed', code: codeOf(error), atMs: monotonicMs() } });
    send({ type: 'done', id, failed: true });
  }
}

function perform(call: Call['call'], transactionIds: readonly string[]) {
  const deadlineMs = clock.now() + settings.timeoutMs;
  if (call === 'schedule') return shared.refresher.resume({ deadlineMs });
  const patience =
    call === 'caller' ? { wait: true, lingerMs: 300 } : { wait: false, lingerMs: Number.POSITIVE_INFINITY };
  return shared.refresher.refresh({ transactionIds, deadlineMs, ...patience });
}

function shownOf({ epoch, rank, snapshot, etag }: Head) {
  return { version: { epoch, rank }, snapshot, etag };
}
