import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { Route } from '../gateway/routes.ts';

/** The path of serverless.yml, independent of the working directory. */
export const projectDir = fileURLToPath(new URL('../..', import.meta.url));

const RouteKey = z
  .union([
    z.string(),
    z
      .object({ method: z.string().default('*'), path: z.string() })
      .transform((at) => `${at.method} ${at.path}`),
  ])
  .transform((route) => {
    const [method = '', path] = route.trim().split(/\s+/);
    if (path === undefined || path === '*') return '$default';
    return `${method === '*' ? 'ANY' : method.toUpperCase()} ${path}`;
  });

const texts = <T extends z.ZodType>(one: T) =>
  z.union([one, z.array(one)]).transform((some) => [some].flat());
const Schedule = z.union([
  z.string().transform((rate) => ({ rates: [rate], isEnabled: true, input: undefined })),
  z
    .object({ rate: texts(z.string()), enabled: z.boolean().default(true), input: z.unknown() })
    .transform(({ rate, enabled, input }) => ({ rates: rate, isEnabled: enabled, input })),
]);

/** Drops values with CloudFormation's intrinsic functions; the `local` block of serverless.environment.yml has local ones. */
const Environment = z
  .record(z.string(), z.unknown())
  .default({})
  .transform((all) =>
    Object.fromEntries(
      Object.entries(all).flatMap(([name, value]) =>
        typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
      ),
    ),
  );

const LambdaFunction = z.object({
  name: z.string(),
  handler: z.string().regex(/^[\w./-]+\.\w+$/),
  memorySize: z.number().default(1024),
  timeout: z.number().default(6),
  environment: Environment,
  maximumRetryAttempts: z.number().int().min(0).max(2).default(2),
  events: z.array(z.object({ httpApi: RouteKey.optional(), schedule: Schedule.optional() })).default([]),
});

const Service = z.object({
  provider: z.object({ region: z.string(), environment: Environment }),
  custom: z.object({
    esbuild: z.object({
      format: z.enum(['esm', 'cjs']).default('cjs'),
      splitting: z.boolean().default(false),
      target: z.string(),
      platform: z.enum(['node', 'neutral']),
      mainFields: z.array(z.string()).default(['module', 'main']),
      external: z.array(z.string()).default([]),
      banner: z.record(z.string(), z.string()).default({}),
      plugins: z.string().optional(),
    }),
  }),
  functions: z.record(z.string(), LambdaFunction),
});

export type BundleOptions = z.output<typeof Service>['custom']['esbuild'];

/** A function of serverless.yml. */
export interface FunctionDefinition {
  /** Its name in serverless.yml. */
  key: string;
  /** Its name in Lambda. */
  name: string;
  /** The file without its extension, and the export. */
  handler: { file: string; exportName: string };
  memoryMb: number;
  timeoutMs: number;
  environment: Record<string, string>;
  maxRetries: number;
  routeKeys: string[];
  schedules: { rate: string; input: unknown }[];
}

export interface Service {
  functions: FunctionDefinition[];
  routes: Route[];
  bundle: BundleOptions;
}

/**
 * Reads serverless.yml for the stage `local` through the framework, which resolves the variables.
 * @param environment values for `${env:…}`, besides this process's own
 * @throws Error with the framework's message
 */
export async function readService(
  environment: Record<string, string>,
  signal?: AbortSignal,
): Promise<Service> {
  const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    // Local functions are named offload-local-…; params/local.yml could set another service.
    [serverless, 'print', '--stage', 'local', '--param', 'service=offload', '--format', 'json'],
    {
      cwd: projectDir,
      env: { ...process.env, NODE_OPTIONS: '', ...environment },
      maxBuffer: 16 * 1024 * 1024,
      timeout: 60_000,
      ...(signal && { signal }),
    },
  ).catch((cause: unknown) => {
    throw new Error(`serverless.yml cannot be read: ${messageOf(cause)}`, { cause });
  });
  const parsed = Service.safeParse(JSON.parse(stdout));
  if (!parsed.success)
    throw new Error(
      `The local stack does not support this part of serverless.yml: ${z.prettifyError(parsed.error)}`,
    );
  return toService(parsed.data);
}

function toService({ provider, custom, functions: all }: z.output<typeof Service>): Service {
  const functions = Object.entries(all).map(([key, one]): FunctionDefinition => {
    const dot = one.handler.lastIndexOf('.');
    return {
      key,
      name: one.name,
      handler: { file: one.handler.slice(0, dot), exportName: one.handler.slice(dot + 1) },
      memoryMb: one.memorySize,
      timeoutMs: one.timeout * 1_000,
      environment: {
        AWS_REGION: provider.region,
        ...provider.environment,
        ...one.environment,
      },
      maxRetries: one.maximumRetryAttempts,
      routeKeys: one.events.flatMap(({ httpApi }) => httpApi ?? []),
      schedules: one.events.flatMap(({ schedule }) =>
        schedule?.isEnabled === true ? schedule.rates.map((rate) => ({ rate, input: schedule.input })) : [],
      ),
    };
  });
  const routes = functions.flatMap(({ name, routeKeys }) =>
    routeKeys.map((key): Route => ({ key, functionName: name })),
  );
  return { functions, routes, bundle: custom.esbuild };
}

const Failure = z.object({
  stderr: z.string().optional(),
  stdout: z.string().optional(),
  message: z.string(),
});

function messageOf(thrown: unknown) {
  const { data } = Failure.safeParse(thrown);
  return (data?.stderr || data?.stdout || data?.message || String(thrown)).trim().slice(-1_000);
}
