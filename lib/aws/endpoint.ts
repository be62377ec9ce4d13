/** DNS suffixes of AWS's partitions, by the beginning of their regions' names: of IPv4, and of both protocols. */
const partitions: readonly [prefix: string, suffix: string, dualStackSuffix: string][] = [
  ['cn-', 'amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  ['eusc-', 'amazonaws.eu', 'api.amazonwebservices.eu'],
  ['us-iso-', 'c2s.ic.gov', 'api.aws.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov', 'api.aws.scloud'],
  ['eu-isoe-', 'cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk'],
  ['us-isof-', 'csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
  ['', 'amazonaws.com', 'api.aws'],
];

/** Where DynamoDB is, in each partition of AWS. */
export function endpointOf({
  region,
  fips = false,
  dualStack = false,
}: {
  region: string;
  /** The endpoint whose cryptography is validated by FIPS 140. */
  fips?: boolean;
  /** The endpoint with IPv6 addresses too. */
  dualStack?: boolean;
}): string {
  const [, suffix, dualStackSuffix] = partitions.find(([prefix]) => region.startsWith(prefix)) ?? [];
  // In GovCloud the ordinary endpoint is the one with FIPS.
  const isNamedFips = fips && (dualStack || !region.startsWith('us-gov-'));
  return `https://dynamodb${isNamedFips ? '-fips' : ''}.${region}.${dualStack ? dualStackSuffix : suffix}`;
}
