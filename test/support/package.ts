import { join } from 'node:path';
import { createCheckout } from '../deploy/checkout.ts';

export const deployment = {
  clusterArn: 'arn:aws:rds:us-east-1:123456789012:cluster:main',
  secretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:db-abcdef',
  database: 'app',
};

/** Packages the service with the default tables like `sls deploy`, without credentials. */
export async function packageService(parameters: Readonly<Record<string, string>>) {
  const checkout = await createCheckout();
  const dir = join(checkout.dir, 'package');
  const params = Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  const { code, output } = await checkout.sls(['package', '--stage', 'prod', '--package', dir, ...params]);
  return { code, output, dir, remove: checkout.remove };
}
