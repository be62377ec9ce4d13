/** One line of AWS's price list: us-east-1, on demand, US dollars, without taxes, discounts and free tiers. */
export interface Price {
  usd: number;
  /** What that is the price of. */
  of: string;
  /** Where the figure was found in a stored copy of a public page, and which; none where no copy had it. */
  seen?: string;
}

/** When the pages were looked up. They are copies of unknown age: the price lists of AWS are what counts. */
export const pricesSeenOn = '2026-11-22';

const million = 1_000_000;

/** Every price that the model uses. To reckon with others, change them here. */
export const prices = {
  lambdaRequest: { usd: 0.2 / million, of: 'request', seen: 'cloudchipr.com/blog/aws-lambda-pricing' },
  /** arm64, the first 7.5 billion GB-seconds; the initialisation is billed too since August 2025. */
  lambdaGbSecond: {
    usd: 0.0000133334,
    of: 'GB-second, arm64',
    seen: 'cloudchipr.com/blog/aws-lambda-pricing',
  },
  /** The first 300 million a month; an answer counts once for each 512 KB begun. */
  httpApiRequest: {
    usd: 1 / million,
    of: 'HTTP API request, 512 KB each',
    seen: 'docs.aws.amazon.com, Best Practices for Designing API Gateway Private APIs',
  },
  /** The first 333 million a month. */
  restApiRequest: {
    usd: 3.5 / million,
    of: 'REST API request',
    seen: 'docs.aws.amazon.com, Best Practices for Designing API Gateway Private APIs',
  },
  restCacheHour: {
    usd: 0.02,
    of: 'hour of a REST API cache of 0.5 GB',
    seen: 'awsforengineers.com/blog/aws-api-gateway-pricing-explained',
  },
  /** Half of what it was before November 2024. */
  dynamoDbReadUnit: {
    usd: 0.125 / million,
    of: 'read request unit, 4 KB consistent',
    seen: 'airbyte.com/data-engineering-resources/dynamodb-pricing',
  },
  dynamoDbWriteUnit: {
    usd: 0.625 / million,
    of: 'write request unit, 1 KB',
    seen: 'airbyte.com/data-engineering-resources/dynamodb-pricing',
  },
  dynamoDbGbMonth: { usd: 0.25, of: 'GB of a table for a month' },
  dynamoDbBackupGbMonth: { usd: 0.2, of: 'GB of point-in-time recovery for a month' },
  /** The first billion a month. A call counts once for each 32 KB begun. */
  dataApiUnit: { usd: 0.35 / million, of: 'Data API call, 32 KB each' },
  logsGb: {
    usd: 0.5,
    of: 'GB taken in by CloudWatch Logs',
    seen: 'help-toolz.com/blog/why-your-aws-bill-is-3x-your-estimate',
  },
  metricMonth: { usd: 0.3, of: 'CloudWatch metric for a month' },
  alarmMonth: { usd: 0.1, of: 'CloudWatch alarm for a month' },
  secretMonth: { usd: 0.4, of: 'secret in Secrets Manager for a month' },
  fargateVcpuHour: { usd: 0.03238, of: 'Fargate vCPU hour, arm64', seen: 'vantage.sh/blog/fargate-pricing' },
  fargateGbHour: { usd: 0.00356, of: 'Fargate GB hour, arm64', seen: 'vantage.sh/blog/fargate-pricing' },
  albHour: {
    usd: 0.0225,
    of: 'hour of an application load balancer',
    seen: 'cloud-horizons.com/blog/alb-the-line-item-nobody-watches',
  },
  albUnitHour: {
    usd: 0.008,
    of: 'load balancer capacity unit for an hour',
    seen: 'cloud-horizons.com/blog/alb-the-line-item-nobody-watches',
  },
  publicIpHour: {
    usd: 0.005,
    of: 'hour of a public IPv4 address',
    seen: 'vishalvyas.com/understand-aws-public-ipv4-address-usage-and-pricing',
  },
} satisfies Record<string, Price>;

export type PriceName = keyof typeof prices;

/** Named, and left out of every bill: it is the same for the same bytes, and the project's bytes are fewer by far. */
export const leftOut = {
  dataTransferGb: {
    usd: 0.09,
    of: 'GB to the internet',
    seen: 'awsforengineers.com/blog/aws-api-gateway-pricing-explained',
  },
} satisfies Record<string, Price>;

export const hoursPerMonth = 730;
export const secondsPerMonth = hoursPerMonth * 3_600;
