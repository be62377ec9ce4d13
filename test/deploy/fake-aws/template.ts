import * as z from 'zod';
import { Refusal } from './exchange.ts';

export const Resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).optional(),
});
export type Resource = z.output<typeof Resource>;

export const Template = z.object({
  Resources: z.record(z.string(), Resource),
  Outputs: z
    .record(z.string(), z.object({ Value: z.unknown(), Description: z.string().optional() }))
    .optional(),
});
export type Template = z.output<typeof Template>;

/** The property with a type's physical id, for types whose id CloudFormation does not choose. */
const nameProperties: Record<string, string> = {
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
};
/** The longest names. */
const longestNames: Record<string, number> = {
  'AWS::Lambda::Function': 64,
  'AWS::IAM::Role': 64,
  'AWS::SQS::Queue': 80,
};

const arnForms: Record<string, (at: { region: string; accountId: string; name: string }) => string> = {
  'AWS::Lambda::Function': ({ region, accountId, name }) =>
    `arn:aws:lambda:${region}:${accountId}:function:${name}`,
  'AWS::DynamoDB::Table': ({ region, accountId, name }) =>
    `arn:aws:dynamodb:${region}:${accountId}:table/${name}`,
  'AWS::IAM::Role': ({ accountId, name }) => `arn:aws:iam::${accountId}:role/${name}`,
  'AWS::SQS::Queue': ({ region, accountId, name }) => `arn:aws:sqs:${region}:${accountId}:${name}`,
  'AWS::Logs::LogGroup': ({ region, accountId, name }) =>
    `arn:aws:logs:${region}:${accountId}:log-group:${name}:*`,
  'AWS::Events::Rule': ({ region, accountId, name }) => `arn:aws:events:${region}:${accountId}:rule/${name}`,
};

const Intrinsic = {
  Ref: z.strictObject({ Ref: z.string() }),
  GetAtt: z.strictObject({ 'Fn::GetAtt': z.union([z.tuple([z.string(), z.string()]), z.string()]) }),
  Sub: z.strictObject({
    'Fn::Sub': z.union([z.string(), z.tuple([z.string(), z.record(z.string(), z.unknown())])]),
  }),
  Join: z.strictObject({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) }),
};

/** Resolves the CloudFormation functions of this project's template. @throws Refusal for a missing reference */
export function createResolver({
  template,
  region,
  accountId,
  stackName,
  idOf,
}: {
  template: Template;
  region: string;
  accountId: string;
  stackName: string;
  idOf: (logicalId: string) => string;
}) {
  const pseudo: Record<string, string> = {
    'AWS::Region': region,
    'AWS::AccountId': accountId,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stackName,
  };

  function resource(logicalId: string): Resource {
    const found = template.Resources[logicalId];
    if (found === undefined)
      throw new Refusal('ValidationError', `Unresolved resource dependencies [${logicalId}] in the template`);
    return found;
  }

  function physicalId(logicalId: string): string {
    const { Type, Properties } = resource(logicalId);
    const given = Properties?.[nameProperties[Type] ?? ''];
    const name = given === undefined ? idOf(logicalId) : z.string().parse(value(given));
    const most = longestNames[Type];
    if (most !== undefined && name.length > most)
      throw new Refusal(
        'ValidationError',
        `The name ${name} of ${logicalId} has more than ${most} characters`,
      );
    return name;
  }

  function reference(name: string): string {
    return (
      pseudo[name] ??
      (resource(name).Type === 'AWS::SQS::Queue' ? queueUrl(physicalId(name)) : physicalId(name))
    );
  }
  const queueUrl = (name: string) => `https://sqs.${region}.amazonaws.com/${accountId}/${name}`;

  function attribute(logicalId: string, name: string): string {
    const { Type } = resource(logicalId);
    if (name === 'Arn')
      return (
        arnForms[Type]?.({ region, accountId, name: physicalId(logicalId) }) ?? `arn:aws:fake:::${logicalId}`
      );
    if (name === 'QueueName') return physicalId(logicalId);
    throw new Refusal('ValidationError', `${Type} has no attribute ${name} here`);
  }

  const substitute = (text: string, more: Record<string, unknown>) =>
    text.replaceAll(/\$\{([^!][^}]*)\}/g, (_, name: string) => {
      if (Object.hasOwn(more, name)) return String(value(more[name]));
      const [logicalId = '', of] = name.includes('::') ? [name] : name.split('.');
      return of === undefined ? reference(logicalId) : attribute(logicalId, of);
    });

  function value(of: unknown): unknown {
    if (Array.isArray(of)) return of.map(value);
    if (typeof of !== 'object' || of === null) return of;
    const ref = Intrinsic.Ref.safeParse(of).data;
    if (ref !== undefined) return reference(ref.Ref);
    const get = Intrinsic.GetAtt.safeParse(of).data?.['Fn::GetAtt'];
    if (get !== undefined) {
      const [logicalId = '', name = ''] = typeof get === 'string' ? get.split('.') : get;
      return attribute(logicalId, name);
    }
    const sub = Intrinsic.Sub.safeParse(of).data?.['Fn::Sub'];
    if (sub !== undefined) return typeof sub === 'string' ? substitute(sub, {}) : substitute(sub[0], sub[1]);
    const join = Intrinsic.Join.safeParse(of).data?.['Fn::Join'];
    if (join !== undefined) return join[1].map((one) => String(value(one))).join(join[0]);
    const unknown = Object.keys(of).find((name) => name.startsWith('Fn::'));
    if (unknown !== undefined) throw new Refusal('ValidationError', `${unknown} is not known here`);
    return Object.fromEntries(Object.entries(of).map(([name, one]) => [name, value(one)]));
  }

  return { value, physicalId };
}
