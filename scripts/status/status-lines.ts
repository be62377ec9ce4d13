import type { Pointer, Tables } from '../../lib/snapshots/pointer.ts';
import type { RefreshState } from '../../lib/stores/requests.ts';

export interface Status {
  title: string;
  nowMs: number;
  /** Undefined: nothing has been published yet. */
  pointer: Pointer | undefined;
  tables: Tables;
  requests: RefreshState | undefined;
  /** For a deployed stage. */
  aws?: {
    lagMs: number | undefined;
    failedEvents: number;
    alarms: { name: string; state: string; hasAction: boolean }[];
    failures: { atMs: number; text: string }[];
  };
}

/** Formats the published version, the lag, open requests and failures. */
export function statusLines({ title, nowMs, pointer, tables, requests, aws }: Status): string[] {
  const ago = (ms: number) => `${duration(Math.max(0, nowMs - ms))} ago`;
  const line = (name: string, text: string) => `${name.padEnd(10)}${text}`;
  const lines = [title];

  if (pointer === undefined || pointer.generation === 0)
    lines.push(line('version', 'nothing is published yet'));
  else {
    const pinned = pointer.pin === undefined ? '' : `; readers are pinned to ${pointer.pin}`;
    lines.push(line('version', `${pointer.generation}, published ${ago(pointer.generation)}${pinned}`));
    lines.push(line('read', pointer.readAtMs === 0 ? 'not since the reset' : ago(pointer.readAtMs)));
  }
  if (aws !== undefined)
    lines.push(
      line(
        'lag',
        aws.lagMs === undefined
          ? 'no change was announced in the last hour'
          : `${Math.round(aws.lagMs)} ms (p95 of the last hour)`,
      ),
    );

  for (const [name, entries] of Object.entries(tables)) {
    const [entry] = entries;
    if (entry === undefined) continue;
    const frozen = entry.frozen === true ? '; frozen: the last refresh could not read it' : '';
    const held =
      entry.held === undefined
        ? ''
        : `; HELD: the new state has ${entry.held.count} rows, see snapshots accept`;
    lines.push(line('table', `${name}: ${entry.count} rows, changed ${ago(entry.changed)}${frozen}${held}`));
  }

  if (requests !== undefined) {
    const { requested, served, pending, dropped } = requests;
    const oldest = Math.min(...pending.values());
    const waiting = pending.size === 0 ? '' : `, the oldest since ${duration(nowMs - oldest)}`;
    const over = dropped === undefined ? '' : `, and more up to ${dropped}`;
    lines.push(line('requests', served >= requested ? 'all served' : `${requested - served} not served yet`));
    lines.push(line('pending', `${pending.size} transactions${waiting}${over}`));
  }

  if (aws === undefined) return lines;
  lines.push(line('failed', `${aws.failedEvents} events in the queue`));
  const firing = aws.alarms.filter(({ state }) => state === 'ALARM');
  const mute = aws.alarms.filter(({ hasAction }) => !hasAction).length;
  const mutedText = mute === 0 ? '' : `; ${mute} have no action: set alarmTopicArn`;
  lines.push(line('alarms', `${firing.length} of ${aws.alarms.length} fire${mutedText}`));
  for (const { name } of firing) lines.push(line('ALARM', name));
  if (aws.failures.length === 0) lines.push(line('errors', 'none in the last hour'));
  for (const { atMs, text } of aws.failures) lines.push(line('error', `${ago(atMs)}: ${text}`));
  return lines;
}

function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}
