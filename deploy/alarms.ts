/** The alarms of a stage. Each description names the first action, and links to a section of docs/operations.md. */

interface Metric {
  namespace: 'Offload' | 'AWS/ApiGateway' | 'AWS/Lambda' | 'AWS/SQS';
  metric: string;
  /** For AWS metrics; the project's own metrics have service and stage. */
  dimensions?: Record<string, unknown>;
}

export interface Alarm extends Metric {
  name: string;
  /** The symptom, and what to do first. */
  description: string;
  /** A heading of docs/operations.md. */
  section: string;
  statistic: 'Sum' | 'Maximum' | 'p95';
  threshold: number;
  /** `below`: breaches under the threshold, and without data. */
  fires?: 'above' | 'below';
  /** In periods of one minute: the alarm fires if `of` of the last `within` periods breach. */
  of: number;
  within: number;
}

const lambda = (name: string, metric: string): Metric => ({
  namespace: 'AWS/Lambda',
  metric,
  dimensions: { FunctionName: { Ref: `${name.charAt(0).toUpperCase()}${name.slice(1)}LambdaFunction` } },
});
const ours = (metric: string): Metric => ({ namespace: 'Offload', metric });
const once = { statistic: 'Sum', threshold: 0, of: 1, within: 1 } as const;
const often = { statistic: 'Sum', threshold: 0, of: 3, within: 5 } as const;

const functionAlarms = ['list', 'refresh', 'sweep', 'docs'].flatMap((name): Alarm[] => [
  {
    ...{ name: `${name}-errors`, ...lambda(name, 'Errors'), ...often, section: 'a-function-fails' },
    description: `Invocations of the ${name} function fail: read the first line with level ERROR in its log.`,
  },
  {
    ...{ name: `${name}-throttles`, ...lambda(name, 'Throttles'), ...often, section: 'throttling' },
    description: `Lambda throttles the ${name} function: raise the account's concurrency, or the function's reserved concurrency.`,
  },
]);

const fixedAlarms: readonly Alarm[] = [
  {
    ...{
      name: 'gateway-5xx',
      namespace: 'AWS/ApiGateway',
      metric: '5xx',
      dimensions: { ApiId: { Ref: 'HttpApi' } },
    },
    ...{ statistic: 'Sum', threshold: 5, of: 3, within: 5, section: 'callers-see-5xx' },
    description:
      'Callers get 5xx: find the status and the path in the access log, then the cause in the log of the list function.',
  },
  ...functionAlarms,
  {
    ...{
      name: 'no-heartbeat',
      ...ours('heartbeat'),
      statistic: 'Sum',
      threshold: 1,
      fires: 'below',
      of: 5,
      within: 5,
    },
    section: 'no-heartbeat',
    description:
      'The schedule has not run the refresh function for five minutes: enable its EventBridge rule, then check the function.',
  },
  {
    ...{ name: 'stale-served', ...ours('staleServed'), ...often, section: 'the-cache-does-not-respond' },
    description:
      'Containers serve stale lists from memory, because DynamoDB does not respond: check its health in this region, and the throttles of the table.',
  },
  {
    ...{ name: 'store-bypassed', ...ours('bypassed'), ...once, section: 'the-cache-does-not-respond' },
    description:
      'Containers bypass the store and read the database, because DynamoDB does not respond: check its health in this region, and the load of the database.',
  },
  {
    ...{ name: 'broken', ...ours('broken'), ...once, section: 'a-chunk-is-broken' },
    description:
      'A stored chunk is missing or corrupt, and a refresh stores it again: if this recurs, look for other writers to the DynamoDB table.',
  },
  {
    ...{ name: 'guard-tripped', ...ours('held'), ...once, section: 'a-publication-is-held' },
    description:
      'A publication is held, because a table would lose more rows than its file allows: compare it with the database, then accept the loss or restore the rows.',
  },
  {
    ...{ name: 'table-left-out', ...ours('leftOut'), ...often, section: 'a-table-is-left-out' },
    description:
      'A table cannot be read, so its list stays as it was: the log line table.left_out of the refresh function has the reason.',
  },
  {
    ...{ name: 'events-rejected', ...ours('rejected'), ...once, section: 'events-are-rejected' },
    description:
      'An event was rejected and is lost: read event.rejected in the log of the refresh function, and fix the sender.',
  },
  {
    ...{
      name: 'failed-events',
      namespace: 'AWS/SQS',
      metric: 'NumberOfMessagesSent',
      ...once,
      section: 'failed-events',
    },
    dimensions: { QueueName: { 'Fn::GetAtt': ['FailedEvents', 'QueueName'] } },
    description:
      'An event failed three times and is in the queue: run "npm run events -- list", fix the cause, then redrive.',
  },
  {
    ...{ name: 'gateway-throttles', ...ours('gatewayThrottled'), ...often, section: 'throttling' },
    description:
      'The gateway answers 429: find the client in the access log, or raise throttleRate and throttleBurst.',
  },
];

const lagAlarm = (lagBoundMs: number): Alarm => ({
  ...{
    name: 'lag',
    ...ours('lagMs'),
    statistic: 'p95',
    threshold: lagBoundMs,
    of: 3,
    within: 5,
    section: 'changes-come-late',
  },
  description: `Changes take more than ${lagBoundMs} ms from their announcement to their publication: look for long transactions, and at the time that a refresh takes.`,
});

/** @param lagBoundMs the longest acceptable time from a change's announcement to its publication */
export const alarmsOf = ({ lagBoundMs }: { lagBoundMs: number }): Alarm[] => [
  ...fixedAlarms,
  lagAlarm(lagBoundMs),
];

/** @param topicArn notified when an alarm fires and when it ends; '': none */
export function alarmResources(
  alarms: readonly Alarm[],
  { service, stage, topicArn, runbookUrl }: Record<'service' | 'stage' | 'topicArn' | 'runbookUrl', string>,
) {
  const actions = topicArn === '' ? {} : { AlarmActions: [topicArn], OKActions: [topicArn] };
  const entries = alarms.map((alarm): [string, unknown] => [
    logicalId(alarm.name),
    {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        AlarmName: `${service}-${stage}-${alarm.name}`,
        AlarmDescription: `${alarm.description} ${runbookUrl}#${alarm.section}`,
        ...actions,
        Namespace: alarm.namespace,
        MetricName: alarm.metric,
        Dimensions: Object.entries(alarm.dimensions ?? { service, stage }).map(([Name, Value]) => ({
          Name,
          Value,
        })),
        ...(alarm.statistic === 'p95' ? { ExtendedStatistic: 'p95' } : { Statistic: alarm.statistic }),
        Period: 60,
        DatapointsToAlarm: alarm.of,
        EvaluationPeriods: alarm.within,
        Threshold: alarm.threshold,
        ComparisonOperator: alarm.fires === 'below' ? 'LessThanThreshold' : 'GreaterThanThreshold',
        TreatMissingData: alarm.fires === 'below' ? 'breaching' : 'notBreaching',
      },
    },
  ]);
  return Object.fromEntries(entries);
}

const logicalId = (name: string) =>
  `${name.replaceAll(/(^|-)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase())}Alarm`;
