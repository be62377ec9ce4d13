type Row = readonly (string | Record<string, unknown>)[];

interface Widget {
  title: string;
  metrics: readonly Row[];
  /** `Sum` for counts, a percentile for durations. */
  stat: 'Sum' | 'Maximum' | 'p50' | 'p95' | 'p99';
}

const width = 8;
const height = 6;
const perRow = 24 / width;

/** A resource's name or attribute, which CloudFormation inserts. */
const sub = (name: string) => `\${${name}}`;

/** The dashboard: requests, freshness, refreshes, costs. */
export function dashboardResource({
  service,
  stage,
  region,
}: Record<'service' | 'stage' | 'region', string>) {
  const ours = (metric: string, stat?: string): Row => [
    ...['Offload', metric, 'service', service, 'stage', stage],
    ...(stat === undefined ? [] : [{ stat }]),
  ];
  const gateway = (metric: string): Row => ['AWS/ApiGateway', metric, 'ApiId', sub('HttpApi')];
  const lambdas = (metric: string): Row[] =>
    ['list', 'refresh', 'sweep', 'docs'].map((name) => [
      'AWS/Lambda',
      metric,
      'FunctionName',
      `${service}-${stage}-${name}`,
    ]);
  const table = (metric: string, ...more: string[]): Row => [
    ...['AWS/DynamoDB', metric, 'TableName', sub('CacheTable')],
    ...more,
  ];

  const widgets: Widget[] = [
    {
      title: 'Requests by status',
      stat: 'Sum',
      metrics: [gateway('Count'), gateway('4xx'), gateway('5xx'), ours('gatewayThrottled')],
    },
    {
      title: 'Lists by source',
      stat: 'Sum',
      metrics: [ours('hit'), ours('miss'), ours('staleServed'), ours('bypassed')],
    },
    {
      title: 'Latency, ms',
      stat: 'p95',
      metrics: [gateway('Latency'), ours('durationMs', 'p50'), ours('durationMs', 'p99')],
    },
    { title: 'Age served, ms', stat: 'p95', metrics: [ours('ageMs', 'p50'), ours('ageMs')] },
    {
      title: 'Lag from announcement to visible, ms',
      stat: 'p95',
      metrics: [ours('lagMs', 'p50'), ours('lagMs')],
    },
    {
      title: 'Refreshes and heartbeat',
      stat: 'Sum',
      metrics: [ours('refreshMs', 'SampleCount'), ours('coalesced'), ours('heartbeat')],
    },
    { title: 'Rows', stat: 'Maximum', metrics: [ours('rows'), ours('readRows')] },
    { title: 'Refresh time, ms', stat: 'p95', metrics: [ours('refreshMs', 'p50'), ours('refreshMs')] },
    {
      title: 'Waiting',
      stat: 'Maximum',
      metrics: [
        ours('pendingTransactions'),
        ours('held', 'Sum'),
        ours('leftOut', 'Sum'),
        ['AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'QueueName', sub('FailedEvents.QueueName')],
      ],
    },
    {
      title: 'Throttles',
      stat: 'Sum',
      metrics: [...lambdas('Throttles'), table('ReadThrottleEvents'), table('WriteThrottleEvents')],
    },
    {
      title: 'Errors',
      stat: 'Sum',
      metrics: [...lambdas('Errors'), ours('rejected'), ours('broken'), ours('retries')],
    },
    { title: 'Cost: invocations', stat: 'Sum', metrics: lambdas('Invocations') },
    { title: 'Cost: time of functions, ms', stat: 'Sum', metrics: lambdas('Duration') },
    {
      title: 'Cost: DynamoDB units',
      stat: 'Sum',
      metrics: [table('ConsumedReadCapacityUnits'), table('ConsumedWriteCapacityUnits')],
    },
    {
      title: 'Cost: bytes written and concurrency',
      stat: 'Sum',
      metrics: [
        ours('writtenBytes'),
        [
          'AWS/Lambda',
          'ConcurrentExecutions',
          'FunctionName',
          `${service}-${stage}-list`,
          { stat: 'Maximum' },
        ],
      ],
    },
  ];

  const body = {
    widgets: widgets.map(({ title, metrics, stat }, at) => ({
      type: 'metric',
      ...{ x: (at % perRow) * width, y: Math.floor(at / perRow) * height, width, height },
      properties: { title, metrics, stat, region, view: 'timeSeries', period: 60 },
    })),
  };
  return {
    Type: 'AWS::CloudWatch::Dashboard',
    Properties: { DashboardName: `${service}-${stage}`, DashboardBody: { 'Fn::Sub': JSON.stringify(body) } },
  };
}
