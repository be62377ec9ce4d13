import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
} from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { DeployedStage } from '../../deploy/deployed-stage.ts';
import type { Status } from './status-lines.ts';

const hourMs = 3_600_000;
/** The number of log lines shown. */
const mostFailures = 5;

const Line = z.object({
  message: z.string(),
  error: z.object({ message: z.string().optional(), code: z.unknown().optional() }).optional(),
});

/** Reads a stage's lag, failed events, alarms and errors from AWS. */
export async function readAws(
  { service, stage, region, failedEventsUrl }: DeployedStage,
  nowMs: number,
): Promise<NonNullable<Status['aws']>> {
  const cloudWatch = new CloudWatchClient({ region });
  const [lag, queue, alarms, ...logs] = await Promise.all([
    cloudWatch.send(
      new GetMetricStatisticsCommand({
        ...{ Namespace: 'Offload', MetricName: 'lagMs', Period: 3_600, ExtendedStatistics: ['p95'] },
        Dimensions: [
          { Name: 'service', Value: service },
          { Name: 'stage', Value: stage },
        ],
        StartTime: new Date(nowMs - hourMs),
        EndTime: new Date(nowMs),
      }),
    ),
    new SQSClient({ region, useQueueUrlAsEndpoint: false }).send(
      new GetQueueAttributesCommand({
        QueueUrl: failedEventsUrl,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    ),
    cloudWatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: `${service}-${stage}-`, MaxRecords: 100 })),
    ...['list', 'refresh', 'sweep', 'docs'].map((name) =>
      new CloudWatchLogsClient({ region }).send(
        new FilterLogEventsCommand({
          logGroupName: `/aws/lambda/${service}-${stage}-${name}`,
          filterPattern: '{ $.level = "ERROR" }',
          startTime: nowMs - hourMs,
          limit: 100,
        }),
      ),
    ),
  ]);
  const waiting = Object.values(queue.Attributes ?? {}).reduce((sum, count) => sum + Number(count), 0);
  const failures = logs
    .flatMap(({ events = [] }) => events)
    .map(({ timestamp = 0, message = '' }) => ({ atMs: timestamp, text: textOf(message) }))
    .sort((a, b) => b.atMs - a.atMs);
  return {
    lagMs: lag.Datapoints?.[0]?.ExtendedStatistics?.['p95'],
    failedEvents: waiting,
    alarms: (alarms.MetricAlarms ?? []).map(({ AlarmName = '', StateValue = '', AlarmActions = [] }) => ({
      name: AlarmName,
      state: StateValue,
      hasAction: AlarmActions.length > 0,
    })),
    failures: failures.slice(0, mostFailures),
  };
}

function textOf(line: string): string {
  const { data } = Line.safeParse(jsonOf(line));
  if (data === undefined) return line.slice(0, 200);
  const { message, error } = data;
  return [message, error?.code, error?.message]
    .filter((part) => part !== undefined)
    .join(' ')
    .slice(0, 200);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
