import { randomUUID } from 'node:crypto';
import type { FunctionDefinition } from './service.ts';

const unitsMs: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** @returns undefined if it is not a rate */
export function rateMs(expression: string): number | undefined {
  const { count, unit = '' } =
    /^rate\((?<count>\d+) (?<unit>minute|hour|day)s?\)$/.exec(expression)?.groups ?? {};
  const ms = Number(count) * (unitsMs[unit] ?? Number.NaN);
  return ms > 0 ? ms : undefined;
}

/**
 * Sends the events of EventBridge's schedules, the first one after one period.
 * @param onUnknown receives schedules that are not rates, which do not run
 */
export function startSchedules(
  functions: readonly FunctionDefinition[],
  send: (target: FunctionDefinition, event: string) => void,
  onUnknown: (target: FunctionDefinition, expression: string) => void,
) {
  const timers: NodeJS.Timeout[] = [];
  for (const target of functions)
    for (const { rate, input } of target.schedules) {
      const ms = rateMs(rate);
      if (ms === undefined) onUnknown(target, rate);
      // Node's timers are limited to 2^31 ms (24 days); a longer schedule never runs.
      else if (ms < 2 ** 31)
        timers.push(
          setInterval(() => send(target, JSON.stringify(input ?? scheduledEvent(target.name))), ms),
        );
    }
  return () => timers.forEach(clearInterval);
}

const scheduledEvent = (name: string) => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: '000000000000',
  time: new Date().toISOString().replace(/\.\d+/, ''),
  region: 'us-east-1',
  resources: [`arn:aws:events:us-east-1:000000000000:rule/${name}`],
  detail: {},
});
