/**
 * DNS suffixes of the AWS partitions, by region prefix: for IPv4 only, and for dual stack. 0.5 KB in a bundle: the SDK's
 * table is part of `@aws-sdk/client-dynamodb`, 331 KB (`node scripts/compare-libraries.ts`; a test compares the URLs).
 */
const partitions: readonly [prefix: string, suffix: string, dualStackSuffix: string][] = [
  ['cn-', 'amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  ['eusc-', 'amazonaws.eu', 'api.amazonwebservices.eu'],
  ['us-iso-', 'c2s.ic.gov', 'api.aws.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov', 'api.aws.scloud'],
  ['eu-isoe-', 'cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk'],
  ['us-isof-', 'csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
  ['', 'amazonaws.com', 'api.aws'],
];

/** The URL of DynamoDB in any AWS partition. */
export function endpointOf({
  region,
  fips = false,
  dualStack = false,
}: {
  region: string;
  /** Use the endpoint with FIPS 140 validated cryptography. */
  fips?: boolean;
  /** Use the dual-stack endpoint (IPv4 and IPv6). */
  dualStack?: boolean;
}): string {
  const [, suffix, dualStackSuffix] = partitions.find(([prefix]) => region.startsWith(prefix)) ?? [];
  // In GovCloud the default endpoint is the FIPS endpoint.
  const isNamedFips = fips && (dualStack || !region.startsWith('us-gov-'));
  return `https://dynamodb${isNamedFips ? '-fips' : ''}.${region}.${dualStack ? dualStackSuffix : suffix}`;
}
