import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import * as z from 'zod';
import { readParameters } from './parameters.ts';

/** A stage's facts from its parameters and its CloudFormation stack. */
export interface DeployedStage {
  service: string;
  stage: string;
  region: string;
  apiUrl: string;
  failedEventsUrl: string;
}

const Outputs = z.object({ HttpApiUrl: z.string(), FailedEventsUrl: z.string() });

/**
 * Reads params/<stage>.yml, and the stack with the AWS credentials of the shell.
 * @throws Error if the stage is not deployed
 */
export async function readDeployedStage(stage: string): Promise<DeployedStage> {
  const { region, values } = await readParameters({ stage });
  const service = values['service'] ?? '';
  const client = new CloudFormationClient({ region });
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: `${service}-${stage}` }));
  const outputs = (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]);
  const { HttpApiUrl, FailedEventsUrl } = Outputs.parse(Object.fromEntries(outputs));
  return { service, stage, region, apiUrl: HttpApiUrl, failedEventsUrl: FailedEventsUrl };
}
