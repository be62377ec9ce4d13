/** A container of the refresh function or the sweep, which can be killed or frozen at any time. */

import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Refreshed } from '../../../lib/publishing/refreshed.ts';
import { sweep } from '../../../lib/publishing/sweep.ts';
import { isBehind } from '../../../lib/snapshots/forms.ts';
import { ContainerSettings, createContainer } from '../container.ts';
import type { Call } from '../messages.ts';
import { monotonicMs } from '../monotonic.ts';
import { codeOf, openChannel } from './process.ts';

const Settings = z.object({
  name: z.string(),
  container: ContainerSettings,
  /** The function's timeout, which bounds the lease. */
  timeoutMs: z.number(),
});

const { settings, send } = openChannel(Settings, (message) => {
  if (message.type === 'stop') process.exit();
  if (message.type === 'call') void answer(message);
});
const { name, container, timeoutMs } = settings;
const report = () => {};
const { clock, stores, tables, refresher } = createContainer(container, { report });
send({ type: 'ready' });

async function answer({ id, call, xids }: Call) {
  const failed = await (call === 'sweep' ? swept() : refreshed(call, xids));
  send({ type: 'done', id, failed });
}

async function refreshed(call: Exclude<Call['call'], 'sweep'>, xids: string[]): Promise<boolean> {
  const line = { kind: 'refresh', process: name, call, xids, beganMs: monotonicMs() } as const;
  try {
    const result = await perform(call, xids);
    send({ type: 'line', line: { ...line, ...shownOf(result), atMs: monotonicMs() } });
    return false;
  } catch (error) {
    send({ type: 'line', line: { ...line, outcome: 'failed', code: codeOf(error), atMs: monotonicMs() } });
    return true;
  }
}

function perform(call: Exclude<Call['call'], 'sweep'>, transactionIds: readonly string[]) {
  const deadlineMs = clock.now() + timeoutMs;
  if (call === 'schedule') return refresher.resume({ deadlineMs });
  const patience =
    call === 'caller' ? { wait: true, lingerMs: 300 } : { wait: false, lingerMs: Number.POSITIVE_INFINITY };
  return refresher.refresh({ transactionIds, deadlineMs, ...patience });
}

function shownOf(result: Refreshed | { outcome: 'idle' }) {
  if (!('pointer' in result)) return { outcome: result.outcome };
  const { outcome, pointer, leftOut } = result;
  const present = tables.filter((one) => !leftOut.has(one.name));
  // If the list's form is behind another release's, one more refresh runs before the answer.
  const forms = present.filter(({ name, form }) => !isBehind(pointer.tables[name], form));
  return { outcome, revision: pointer.revision, forms: forms.map(({ form }) => form) };
}

async function swept(): Promise<boolean> {
  const line = { kind: 'sweep', process: name, beganMs: monotonicMs() } as const;
  try {
    const { historyForMs } = container;
    const deps = { ...stores, nowMs: clock.now, newId: randomUUID, report, historyForMs };
    const { progress: _, ...done } = await sweep(deps, { deadlineMs: clock.now() + timeoutMs });
    send({ type: 'line', line: { ...line, ...done, atMs: monotonicMs() } });
    return false;
  } catch (error) {
    send({ type: 'line', line: { ...line, outcome: 'failed', code: codeOf(error), atMs: monotonicMs() } });
    return true;
  }
}
