import * as z from '../parse.ts';
import { endpointOf } from './endpoint.ts';
import type { Credentials } from './sign.ts';

export interface Address {
  endpoint: string;
  region: string;
  credentials: Credentials;
}

const text = z.string().check(z.minLength(1));
const Environment = z.object({
  AWS_REGION: text,
  AWS_ACCESS_KEY_ID: text,
  AWS_SECRET_ACCESS_KEY: text,
  AWS_SESSION_TOKEN: z.optional(text),
  AWS_ENDPOINT_URL_DYNAMODB: z.optional(text),
  AWS_ENDPOINT_URL: z.optional(text),
  AWS_USE_FIPS_ENDPOINT: z.optional(z.string()),
  AWS_USE_DUALSTACK_ENDPOINT: z.optional(z.string()),
});

/**
 * The address and credentials that Lambda sets in the environment. They are read once: Lambda never replaces the
 * credentials of a container.
 * @throws Error with one line that names every missing variable
 */
export function addressIn(environment: Record<string, string | undefined>): Address {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const { data: env, error } = z.safeParse(Environment, given);
  if (error !== undefined) {
    const names = error.faults.map(({ path }) => path.join('.'));
    throw new Error(`The environment lacks ${names.join(', ')}, which DynamoDB needs: set them.`);
  }
  const region = env.AWS_REGION;
  const fips = env.AWS_USE_FIPS_ENDPOINT === 'true';
  const dualStack = env.AWS_USE_DUALSTACK_ENDPOINT === 'true';
  return {
    endpoint:
      env.AWS_ENDPOINT_URL_DYNAMODB ?? env.AWS_ENDPOINT_URL ?? endpointOf({ region, fips, dualStack }),
    region,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      sessionToken: env.AWS_SESSION_TOKEN,
    },
  };
}
