import * as z from 'zod';
import { startGateway } from '../../../local/gateway/gateway.ts';
import type { Route } from '../../../local/gateway/routes.ts';
import type { FakeAws } from './fake-aws.ts';
import type { Stack } from './stacks.ts';

const RouteProperties = z.object({ RouteKey: z.string(), Target: z.string() });
const IntegrationProperties = z.object({ IntegrationUri: z.string() });

/** The routes of a stack's HTTP API, and the functions that their integrations name. */
function routesOf({ resources }: Stack): Route[] {
  const all = [...resources.values()];
  const functions = new Map(
    all
      .filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Integration')
      .map(({ physicalId, properties }) => [
        `integrations/${physicalId}`,
        IntegrationProperties.parse(properties).IntegrationUri.replace(/^arn:.*:function:/, ''),
      ]),
  );
  return all
    .filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Route')
    .map(({ properties }) => {
      const { RouteKey, Target } = RouteProperties.parse(properties);
      const functionName = functions.get(Target);
      if (functionName === undefined) throw new Error(`the route ${RouteKey} leads to nothing: ${Target}`);
      return { key: RouteKey, functionName };
    });
}

/** The HTTP API of a stack on 127.0.0.1, with the functions that are deployed. */
export const startStackApi = ({ stacks, lambdas }: FakeAws, stackName: string) =>
  startGateway({ port: 0, routes: routesOf(stacks.find(stackName)), invoke: lambdas.invoke });
