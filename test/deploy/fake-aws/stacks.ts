import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Buckets } from './buckets.ts';
import { Refusal } from './exchange.ts';
import { createResolver, type Resource, Template } from './template.ts';

export const accountId = '123456789012';

export interface Stack {
  name: string;
  id: string;
  status: string;
  templateText: string;
  resources: Map<string, Resource & { physicalId: string; properties: unknown }>;
  outputs: { key: string; value: string; description: string }[];
  /** Newest first. */
  events: { id: string; type: string; logicalId: string; status: string; reason?: string }[];
}

/**
 * CloudFormation's checks of a template: every reference exists, the functions' code is in the bucket, and the names of roles
 * and functions have a valid length. It applies a template at once, completely or not at all.
 */
export function createStacks({
  region,
  buckets,
  nowMs,
}: {
  region: string;
  buckets: Buckets;
  nowMs: () => number;
}) {
  const stacks = new Map<string, Stack>();
  /** Deleted stacks, which only their id finds. */
  const removed: Stack[] = [];
  let events = 0;

  function find(name: string): Stack {
    const stack = stacks.get(name) ?? [...stacks.values(), ...removed].find(({ id }) => id === name);
    if (stack === undefined) throw new Refusal('ValidationError', `Stack with id ${name} does not exist`);
    return stack;
  }

  const say = (stack: Stack, logicalId: string, type: string, status: string) => {
    events += 1;
    stack.events.unshift({ id: `event-${events}`, logicalId, type, status });
  };

  function apply(stack: Stack, action: 'CREATE' | 'UPDATE', templateText: string) {
    const template = Template.parse(JSON.parse(templateText));
    const { resources, outputs } = resolve(stack, template);
    say(stack, stack.name, 'AWS::CloudFormation::Stack', `${action}_IN_PROGRESS`);
    for (const [logicalId, { Type, physicalId, properties }] of resources) {
      if (Type === 'AWS::S3::Bucket') buckets.make(physicalId);
      if (Type === 'AWS::Lambda::Function') {
        const { Code } = z
          .object({ Code: z.object({ S3Bucket: z.string(), S3Key: z.string() }) })
          .parse(properties);
        buckets.read(Code.S3Bucket, Code.S3Key);
      }
      if (!stack.resources.has(logicalId)) say(stack, logicalId, Type, 'CREATE_COMPLETE');
    }
    for (const logicalId of stack.resources.keys())
      if (!resources.has(logicalId)) say(stack, logicalId, 'of before', 'DELETE_COMPLETE');
    Object.assign(stack, { templateText, resources, outputs, status: `${action}_COMPLETE` });
    say(stack, stack.name, 'AWS::CloudFormation::Stack', `${action}_COMPLETE`);
  }

  function resolve(stack: Stack, template: Template) {
    const idOf = (logicalId: string) =>
      stack.resources.get(logicalId)?.physicalId ??
      `${stack.name}-${logicalId}-${createHash('sha256').update(`${stack.id}${logicalId}`).digest('hex').slice(0, 12)}`.toLowerCase();
    const resolver = createResolver({ template, region, accountId, stackName: stack.name, idOf });
    const resources = new Map(
      Object.entries(template.Resources).map(([logicalId, resource]) => [
        logicalId,
        {
          ...resource,
          physicalId: resolver.physicalId(logicalId),
          properties: resolver.value(resource.Properties ?? {}),
        },
      ]),
    );
    const outputs = Object.entries(template.Outputs ?? {}).map(([key, { Value, Description = '' }]) => ({
      key,
      value: String(resolver.value(Value)),
      description: Description,
    }));
    return { resources, outputs };
  }

  return {
    find,
    all: () => [...stacks.values()],
    create(name: string, templateText: string): Stack {
      if (stacks.has(name)) throw new Refusal('AlreadyExistsException', `Stack [${name}] already exists`);
      const id = `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/${nowMs()}`;
      const stack: Stack = {
        name,
        id,
        status: '',
        templateText: '',
        resources: new Map(),
        outputs: [],
        events: [],
      };
      apply(stack, 'CREATE', templateText);
      stacks.set(name, stack);
      return stack;
    },
    update(name: string, templateText: string): Stack {
      const stack = find(name);
      if (stack.templateText === templateText)
        throw new Refusal('ValidationError', 'No updates are to be performed.');
      apply(stack, 'UPDATE', templateText);
      return stack;
    },
    remove(name: string) {
      const stack = find(name);
      say(stack, stack.name, 'AWS::CloudFormation::Stack', 'DELETE_IN_PROGRESS');
      for (const { Type, physicalId } of stack.resources.values())
        if (Type === 'AWS::S3::Bucket') buckets.remove(physicalId);
      say(stack, stack.name, 'AWS::CloudFormation::Stack', 'DELETE_COMPLETE');
      stacks.delete(stack.name);
      removed.push(stack);
    },
  };
}
export type Stacks = ReturnType<typeof createStacks>;
