import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import * as z from 'zod';
import { readParameters } from './parameters.ts';

/** The facts about a stage from its parameters and its stack. */
export interface DeployedStage {
  service: string;
  stage: string;
  region: string;
  apiUrl: string;
  failedEventsUrl: string;
}

const Outputs = z.object({ HttpApiUrl: z.string(), FailedEventsUrl: z.string() });

/**
 * Uses params/<stage>.yml and the AWS credentials of the shell.
 * @throws Error if nothing is deployed
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
