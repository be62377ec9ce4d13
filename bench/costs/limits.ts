/** What AWS lets an account do, unless it is asked for more. `seen` says in which page's stored copy it was found. */
export interface Limit {
  value: number;
  unit: string;
  of: string;
  /** Whether AWS raises it on request. */
  canBeRaised: boolean;
  seen?: string;
}

export const limits = {
  partitionReads: {
    value: 3_000,
    unit: 'read units/s',
    of: 'reads of one DynamoDB item',
    canBeRaised: false,
    seen: 'docs.aws.amazon.com, DynamoDB warm throughput in different scenarios',
  },
  partitionWrites: {
    value: 1_000,
    unit: 'write units/s',
    of: 'writes of one DynamoDB item',
    canBeRaised: false,
    seen: 'docs.aws.amazon.com, DynamoDB warm throughput in different scenarios',
  },
  newTableReads: {
    value: 12_000,
    unit: 'read units/s',
    of: 'reads of a new DynamoDB table, before it has grown',
    canBeRaised: true,
    seen: 'docs.aws.amazon.com, DynamoDB warm throughput in different scenarios',
  },
  newTableWrites: {
    value: 4_000,
    unit: 'write units/s',
    of: 'writes of a new DynamoDB table, before it has grown',
    canBeRaised: true,
    seen: 'docs.aws.amazon.com, DynamoDB warm throughput in different scenarios',
  },
  concurrency: {
    value: 1_000,
    unit: 'containers',
    of: 'containers of all Lambda functions at work',
    canBeRaised: true,
    seen: 'docs.aws.amazon.com, Lambda quotas',
  },
  lambdaRequests: {
    value: 10_000,
    unit: 'requests/s',
    of: 'requests that Lambda answers at once with so many containers: ten a second for each',
    canBeRaised: true,
    seen: 'docs.aws.amazon.com, Lambda quotas',
  },
  lambdaStarts: {
    value: 100,
    unit: 'containers/s',
    of: 'containers that Lambda starts for one function: 1,000 in ten seconds',
    canBeRaised: false,
    seen: 'docs.aws.amazon.com, Lambda scaling behavior',
  },
  gatewayRequests: {
    value: 10_000,
    unit: 'requests/s',
    of: 'requests to all APIs',
    canBeRaised: true,
    seen: 'docs.aws.amazon.com, Amazon API Gateway quotas',
  },
} satisfies Record<string, Limit>;

export type LimitName = keyof typeof limits;
