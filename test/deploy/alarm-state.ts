import * as z from 'zod';
import type { Alarm } from '../../deploy/alarms.ts';

/** A line with CloudWatch's embedded metrics. */
const Line = z.looseObject({
  _aws: z
    .object({
      Timestamp: z.number(),
      CloudWatchMetrics: z.array(
        z.object({
          Namespace: z.string(),
          Dimensions: z.array(z.array(z.string())),
          Metrics: z.array(z.object({ Name: z.string() })),
        }),
      ),
    })
    .optional(),
});

const minuteMs = 60_000;

/** Whether the alarm is in the state ALARM at a time, given these log lines only. */
export function isInAlarm(
  alarm: Alarm,
  lines: readonly string[],
  { nowMs, dimensions }: { nowMs: number; dimensions: Record<string, string> },
): boolean {
  const data = lines.flatMap((text) => dataIn(text, alarm, dimensions));
  const periods = Array.from({ length: alarm.within }, (_, back) => {
    const untilMs = nowMs - back * minuteMs;
    const values = data
      .filter(({ atMs }) => atMs > untilMs - minuteMs && atMs <= untilMs)
      .map(({ value }) => value);
    return isBreaching(alarm, values);
  });
  return periods.filter(Boolean).length >= alarm.of;
}

function dataIn(text: string, { namespace, metric }: Alarm, dimensions: Record<string, string>) {
  const line = Line.parse(JSON.parse(text));
  const names = Object.keys(dimensions);
  const isMeant = line._aws?.CloudWatchMetrics.some(
    (one) =>
      one.Namespace === namespace &&
      one.Metrics.some(({ Name }) => Name === metric) &&
      one.Dimensions.some((set) => set.length === names.length && names.every((name) => set.includes(name))),
  );
  const isOurs = names.every((name) => line[name] === dimensions[name]);
  if (isMeant !== true || !isOurs || line._aws === undefined) return [];
  return [{ atMs: line._aws.Timestamp, value: z.number().parse(line[metric]) }];
}

function isBreaching({ statistic, threshold, fires = 'above' }: Alarm, values: number[]): boolean {
  if (values.length === 0) return fires === 'below';
  const statistics = {
    Sum: values.reduce((sum, value) => sum + value, 0),
    Maximum: Math.max(...values),
    p95: values.sort((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? 0,
  };
  const value = statistics[statistic];
  return fires === 'below' ? value < threshold : value > threshold;
}
