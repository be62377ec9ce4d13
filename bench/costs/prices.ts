const million = 1e6;

/** The date of the prices: us-east-1, on demand, US dollars, without taxes, discounts and free tiers. */
export const pricesOf = '2026-11-25';

/** Dollars per unit, in the first tier: above a billion requests a month AWS charges less. */
export const prices = {
  lambdaRequest: 0.2 / million,
  /** arm64. AWS bills the initialisation since August 2025. */
  lambdaGbSecond: 0.0000133334,
  /** Per started 512 KB of an answer. */
  httpApiRequest: 1 / million,
  transferGb: 0.09,
  dynamoDbReadUnit: 0.125 / million,
  /** Per 1 KB of a put or an update, or of the item that a delete removes. */
  dynamoDbWriteUnit: 0.625 / million,
  dynamoDbGbMonth: 0.25,
  /** Per started 32 KB of a call's answer. */
  dataApiCall: 0.35 / million,
  logsGb: 0.5,
  metricMonth: 0.3,
  alarmMonth: 0.1,
  secretMonth: 0.4,
  fargateVcpuHour: 0.03238,
  fargateGbHour: 0.00356,
  albHour: 0.0225,
  albUnitHour: 0.008,
  publicIpHour: 0.005,
  cloudFrontRequest: 1 / million,
  cloudFrontGb: 0.085,
} as const;

/**
 * CloudFront's flat-rate plans (since November 2025), the cheapest first, with their monthly allowances for one distribution.
 * Above an allowance AWS charges nothing, but may slow the distribution down.
 */
export const cloudFrontPlans = [
  { name: 'Free', usd: 0, requests: 1 * million, gb: 100 },
  { name: 'Pro', usd: 15, requests: 10 * million, gb: 50_000 },
  { name: 'Business', usd: 200, requests: 125 * million, gb: 50_000 },
  { name: 'Premium', usd: 1_000, requests: 500 * million, gb: 50_000 },
] as const;
