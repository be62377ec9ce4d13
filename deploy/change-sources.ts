const refreshFunction = { 'Fn::GetAtt': ['RefreshLambdaFunction', 'Arn'] };
const batches = { FunctionName: refreshFunction, FunctionResponseTypes: ['ReportBatchItemFailures'] };

const permission = (actions: readonly string[], arn: string) => ({
  Type: 'AWS::IAM::Policy',
  Properties: {
    PolicyName: 'changes',
    Roles: [{ Ref: 'RefreshRole' }],
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: actions, Resource: arn }],
    },
  },
});

/**
 * Events from an SQS queue. A failed message returns to the queue, and finally goes to the queue's dead-letter queue. The
 * visibility timeout must be at least the function's 300 s, or Lambda rejects the mapping.
 */
const fromQueue = (arn: string) => ({
  ChangeQueuePolicy: permission(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], arn),
  ChangeQueueMapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    DependsOn: 'ChangeQueuePolicy',
    Properties: {
      ...batches,
      EventSourceArn: arn,
      BatchSize: 10,
      ScalingConfig: { MaximumConcurrency: 2 }, // more would wait for the same read
    },
  },
});

/**
 * Records of Debezium or AWS DMS. A record that fails ten times goes to the queue of failed events, and the shard
 * continues.
 */
const fromStream = (arn: string) => ({
  ChangeStreamPolicy: permission(
    [
      'kinesis:DescribeStream',
      'kinesis:DescribeStreamSummary',
      'kinesis:GetRecords',
      'kinesis:GetShardIterator',
      'kinesis:ListShards',
    ],
    arn,
  ),
  ChangeStreamMapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    DependsOn: 'ChangeStreamPolicy',
    Properties: {
      ...batches,
      EventSourceArn: arn,
      StartingPosition: 'TRIM_HORIZON', // a repeated record costs a refresh, a skipped record loses a change
      BatchSize: 1_000,
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 10,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['FailedEvents', 'Arn'] } } },
    },
  },
});

/** Sources of changes besides the event bus. '': none. */
export const changeSources = ({ queueArn, streamArn }: { queueArn: string; streamArn: string }) => ({
  ...(queueArn === '' ? {} : fromQueue(queueArn)),
  ...(streamArn === '' ? {} : fromStream(streamArn)),
});
