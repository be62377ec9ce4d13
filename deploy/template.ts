import { alarmResources, alarmsOf } from './alarms.ts';
import { changeSources } from './change-sources.ts';
import { dashboardResource } from './dashboard.ts';
import { ownKey } from './own-key.ts';
import { privateLists } from './private-lists.ts';

/** The part of the template that depends on parameters; serverless.resources.yml has the fixed part. */
export function templateOf({
  stage,
  region,
  values,
}: {
  stage: string;
  region: string;
  values: Readonly<Record<string, string>>;
}) {
  const value = (name: string) => values[name] ?? '';
  const service = value('service');
  const key = ownKey(value('kmsKeyArn'), { region });
  const access = privateLists({
    authorizer: value('authorizer'),
    issuer: value('jwtIssuer'),
    audience: value('jwtAudience'),
  });
  const alarms = alarmsOf({ lagBoundMs: Number(value('lagBoundMs')) });
  const naming = { service, stage, topicArn: value('alarmTopicArn'), runbookUrl: value('runbookUrl') };
  return {
    Resources: {
      ...alarmResources(alarms, naming),
      Dashboard: dashboardResource({ service, stage, region }),
      ...changeSources({ queueArn: value('changeQueueArn'), streamArn: value('changeStreamArn') }),
      ...key.resources,
      ...access.resources,
    },
    extensions: {
      HttpApiStage: {
        Properties: {
          DefaultRouteSettings: {
            DetailedMetricsEnabled: false, // per-route metrics cost extra
            ThrottlingRateLimit: Number(value('throttleRate')),
            ThrottlingBurstLimit: Number(value('throttleBurst')),
          },
        },
      },
      ...reserved('ListLambdaFunction', value('listConcurrency')),
      ...reserved('RefreshLambdaFunction', value('refreshConcurrency')),
      ...key.extensions,
      ...access.extensions,
    },
  };
}

const reserved = (logicalId: string, concurrency: string) =>
  concurrency === ''
    ? {}
    : { [logicalId]: { Properties: { ReservedConcurrentExecutions: Number(concurrency) } } };
