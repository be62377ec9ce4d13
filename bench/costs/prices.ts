/** One line of AWS's price list: us-east-1, on demand, US dollars, without taxes, discounts and free tiers. */
export interface Price {
  /** Of each, up to the first of the tiers. */
  usd: number;
  /** What that is the price of. */
  of: string;
  /** What each costs beyond so many a month, ascending; none where all cost the same. */
  tiers?: readonly Tier[];
  /** Where the figures were found in a stored copy of a public page, and which; none where no copy had them. */
  seen?: string;
}

export interface Tier {
  beyond: number;
  usd: number;
}

/** When the pages were looked up. They are copies of unknown age: the price lists of AWS are what counts. */
export const pricesSeenOn = '2026-11-22';

const million = 1_000_000;
const billion = 1_000 * million;
/** Of AWS's price list, where a terabyte is 1,024 GB. */
const tb = 1_024;

/** Every price that the model uses. To reckon with others, change them here. */
export const prices = {
  lambdaRequest: { usd: 0.2 / million, of: 'request', seen: 'cloudchipr.com/blog/aws-lambda-pricing' },
  /** The initialisation is billed too since August 2025. */
  lambdaGbSecond: {
    usd: 0.0000133334,
    of: 'GB-second, arm64',
    tiers: [
      { beyond: 7.5 * billion, usd: 0.9 * 0.0000133334 },
      { beyond: 18.75 * billion, usd: 0.8 * 0.0000133334 },
    ],
    seen: 'cloudchipr.com/blog/aws-lambda-pricing; aws.amazon.com/blogs/compute/introducing-tiered-pricing-for-aws-lambda',
  },
  /** An answer counts once for each 512 KB begun. */
  httpApiRequest: {
    usd: 1 / million,
    of: 'HTTP API request, 512 KB each',
    tiers: [{ beyond: 300 * million, usd: 0.9 / million }],
    seen: 'amnic.com/blogs/aws-api-gateway-pricing',
  },
  restApiRequest: {
    usd: 3.5 / million,
    of: 'REST API request',
    tiers: [
      { beyond: 333 * million, usd: 2.8 / million },
      { beyond: billion, usd: 2.38 / million },
    ],
    seen: 'amnic.com/blogs/aws-api-gateway-pricing; wring.co/blog/aws-api-gateway-pricing-guide',
  },
  restCacheHour: {
    usd: 0.02,
    of: 'hour of a REST API cache of 0.5 GB',
    seen: 'awsforengineers.com/blog/aws-api-gateway-pricing-explained',
  },
  transferGb: {
    usd: 0.09,
    of: 'GB to the internet',
    tiers: [
      { beyond: 10 * tb, usd: 0.085 },
      { beyond: 50 * tb, usd: 0.07 },
      { beyond: 150 * tb, usd: 0.05 },
    ],
    seen: 'wring.co/blog/aws-data-transfer-pricing-guide',
  },
  cloudFrontGb: {
    usd: 0.085,
    of: 'GB from CloudFront to the internet, in America and Europe',
    tiers: [
      { beyond: 10 * tb, usd: 0.08 },
      { beyond: 50 * tb, usd: 0.06 },
      { beyond: 150 * tb, usd: 0.04 },
      { beyond: 500 * tb, usd: 0.03 },
      { beyond: 1_024 * tb, usd: 0.025 },
      { beyond: 5 * 1_024 * tb, usd: 0.02 },
    ],
    seen: 'aws.amazon.com/cloudfront/pricing',
  },
  cloudFrontRequest: {
    usd: 1 / million,
    of: 'HTTPS request to CloudFront, in America',
    seen: 'wring.co/blog/aws-cloudfront-pricing-guide',
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
  /** The first billion a month, which no table of the model comes near to. A call counts once for each 32 KB begun. */
  dataApiUnit: { usd: 0.35 / million, of: 'Data API call, 32 KB each' },
  /** The first 10 TB a month, which no table of the model comes near to. */
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

/** What so many a month cost, each at the price of the tier that it falls into. */
export function usdOf({ usd, tiers = [] }: Price, amount: number): number {
  let sum = 0;
  let from = 0;
  let each = usd;
  for (const tier of tiers) {
    if (amount <= tier.beyond) break;
    sum += (tier.beyond - from) * each;
    from = tier.beyond;
    each = tier.usd;
  }
  return sum + (amount - from) * each;
}

export const hoursPerMonth = 730;
export const secondsPerMonth = hoursPerMonth * 3_600;
