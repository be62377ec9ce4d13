import { serve } from '../../../local/serve.ts';
import { createBuckets } from './buckets.ts';
import { type Answer, type Exchange, json, Refusal, toXml } from './exchange.ts';
import { createLambdas } from './lambdas.ts';
import { accountId, createStacks, type Stack } from './stacks.ts';

export interface FakeAws {
  url: string;
  /** The calls in order: `service.Action`, or `s3.GET`. */
  calls: string[];
  buckets: ReturnType<typeof createBuckets>;
  stacks: ReturnType<typeof createStacks>;
  lambdas: ReturnType<typeof createLambdas>;
  /** SSM's parameters. */
  parameters: Map<string, string>;
  stop: () => Promise<void>;
}

/**
 * The control plane of one AWS account on 127.0.0.1, as far as `sls` calls it: STS, CloudFormation, S3, Lambda, SSM. The
 * signature of a call names its service. An unsupported call fails with its name.
 */
export async function startFakeAws({
  region,
  nowMs,
  environment,
  more = {},
}: {
  region: string;
  nowMs: () => number;
  /** The functions' environment with the addresses of the other services. */
  environment: Record<string, string>;
  /** Additional services. */
  more?: Record<string, (exchange: Exchange) => Answer | Promise<Answer>>;
}): Promise<FakeAws> {
  const calls: string[] = [];
  const parameters = new Map<string, string>();
  const buckets = createBuckets({ nowMs });
  const stacks = createStacks({ region, buckets, nowMs });
  const lambdas = createLambdas({ stacks, buckets, nowMs, environment });

  const services: Record<string, (exchange: Exchange) => Answer | Promise<Answer>> = {
    ...more,
    s3: buckets.answer,
    lambda: lambdas.answer,
    ssm: ({ body }) => {
      const { Name } = JSON.parse(body.toString());
      const Value = parameters.get(Name);
      if (Value === undefined) throw new Refusal('ParameterNotFound', `There is no ${Name}.`);
      return json({ Parameter: { Name, Type: 'SecureString', Value, Version: 1 } });
    },
    sts: () =>
      queryAnswer('GetCallerIdentity', {
        Account: accountId,
        UserId: 'operator',
        Arn: `arn:aws:iam::${accountId}:user/operator`,
      }),
    ecr: () => {
      throw new Refusal('RepositoryNotFoundException', 'There is no repository.');
    },
    cloudformation: ({ body }) => cloudFormation(new URLSearchParams(body.toString())),
  };

  function cloudFormation(form: URLSearchParams): Answer {
    const action = form.get('Action') ?? '';
    const name = form.get('StackName') ?? '';
    const template = () => form.get('TemplateBody') ?? templateAt(form.get('TemplateURL') ?? '');
    switch (action) {
      case 'DescribeStacks':
        return queryAnswer(action, { Stacks: [describe(stacks.find(name))] });
      case 'CreateStack':
        return queryAnswer(action, { StackId: stacks.create(name, template()).id });
      case 'UpdateStack':
        return queryAnswer(action, { StackId: stacks.update(name, template()).id });
      case 'DeleteStack':
        stacks.remove(name);
        return queryAnswer(action, {});
      case 'ValidateTemplate':
        JSON.parse(template());
        return queryAnswer(action, { Capabilities: ['CAPABILITY_NAMED_IAM'] });
      case 'DescribeStackEvents':
        return queryAnswer(action, { StackEvents: eventsOf(stacks.find(name)) });
      case 'DescribeStackResource': {
        const logicalId = form.get('LogicalResourceId') ?? '';
        const resource = stacks.find(name).resources.get(logicalId);
        if (resource === undefined)
          throw new Refusal('ValidationError', `Resource ${logicalId} does not exist for stack ${name}`);
        return queryAnswer(action, {
          StackResourceDetail: { LogicalResourceId: logicalId, PhysicalResourceId: resource.physicalId },
        });
      }
      case 'ListStackResources':
        return queryAnswer(action, {
          StackResourceSummaries: [...stacks.find(name).resources].map(([LogicalResourceId, one]) => ({
            LogicalResourceId,
            PhysicalResourceId: one.physicalId,
            ResourceType: one.Type,
            ResourceStatus: 'CREATE_COMPLETE',
          })),
        });
      default:
        throw new Refusal('NotImplemented', `CloudFormation: ${action}`, 501);
    }
  }

  function templateAt(address: string): string {
    const [, bucket = '', ...key] = new URL(address).pathname.split('/').map(decodeURIComponent);
    return buckets.read(bucket, key.join('/')).toString();
  }

  const server = await serve(0, { maxRequestBytes: 64 * 1024 * 1024 }, async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://fake');
    const service =
      /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const exchange = {
      method: request.method,
      path: pathname,
      query: searchParams,
      headers: request.headers,
      body: request.body,
    };
    calls.push(`${service}.${actionOf(exchange)}`);
    const answer = await answerOf(service, exchange);
    response
      .writeHead(answer.status, { 'x-amzn-requestid': 'fake', ...answer.headers })
      .end(answer.body ?? '');
  });

  async function answerOf(service: string, exchange: Exchange): Promise<Answer> {
    try {
      const answer = services[service];
      if (answer === undefined)
        throw new Refusal('NotImplemented', `There is no service ${service} here.`, 501);
      return await answer(exchange);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return refused(service, error);
    }
  }

  return { url: server.url, calls, buckets, stacks, lambdas, parameters, stop: server.stop };
}

function actionOf({ method, path, headers, body }: Exchange): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.slice(target.indexOf('.') + 1);
  if (String(headers['content-type']).startsWith('application/x-www-form-urlencoded'))
    return new URLSearchParams(body.toString()).get('Action') ?? '';
  return path.endsWith('/invocations') ? 'Invoke' : method;
}

export const queryAnswer = (action: string, result: Parameters<typeof toXml>[0]): Answer => ({
  status: 200,
  headers: { 'content-type': 'text/xml' },
  body: `<${action}Response><${action}Result>${toXml(result)}</${action}Result><ResponseMetadata><RequestId>fake</RequestId></ResponseMetadata></${action}Response>`,
});

function refused(service: string, { code, message, status }: Refusal): Answer {
  if (service === 's3') return { status, body: `<Error>${toXml({ Code: code, Message: message })}</Error>` };
  if (service === 'cloudformation' || service === 'sts')
    return {
      status,
      headers: { 'content-type': 'text/xml' },
      body: `<ErrorResponse><Error>${toXml({ Type: 'Sender', Code: code, Message: message })}</Error></ErrorResponse>`,
    };
  const answer = json({ __type: code, message }, status);
  return { ...answer, headers: { ...answer.headers, 'x-amzn-errortype': code } };
}

const describe = ({ name, id, status, outputs }: Stack) => ({
  StackName: name,
  StackId: id,
  StackStatus: status,
  CreationTime: '2026-01-01T00:00:00Z',
  Outputs: outputs.map(({ key, value, description }) => ({
    OutputKey: key,
    OutputValue: value,
    Description: description,
  })),
});

const eventsOf = ({ name, id, events }: Stack) =>
  events.map((event) => ({
    StackId: id,
    StackName: name,
    EventId: event.id,
    LogicalResourceId: event.logicalId,
    ResourceType: event.type,
    ResourceStatus: event.status,
    Timestamp: '2026-01-01T00:00:00Z',
  }));
