import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import * as z from 'zod';
import type { Figure } from '../figure.ts';
import { medianOf, type Which } from './footprint.ts';

/** One number that the models reckon with. */
export interface Input {
  value: number;
  unit: string;
  of: string;
  /** Found by the benchmark, read from `serverless.yml`, or known from nowhere but this file. */
  from: 'measured' | 'configured' | 'assumed';
}

/** The figures of the benchmark that the models reckon with. */
const measurements = {
  listMs: {
    unit: 'ms',
    of: 'a list as gzip from memory, on one vCPU',
    figure: { measure: 'loop', subject: 'list function', variant: 'gzip' },
  },
  listColdMs: {
    unit: 'ms',
    of: 'start of the list function and its first answer, on one vCPU',
    figure: { measure: 'cold', subject: 'list function', variant: 'total' },
  },
  refreshMs: {
    unit: 'ms',
    of: 'a refresh that finds one row changed, on one vCPU, without a network',
    figure: { measure: 'refresh', subject: 'refresh function', variant: 'one row changed' },
  },
  dataApiCalls: {
    unit: 'calls',
    of: 'Data API calls of a refresh',
    figure: { measure: 'traffic', subject: 'refresh function', variant: 'one row changed: Data API calls' },
  },
  dataApiBytes: {
    unit: 'bytes',
    of: 'bytes that the Data API answers to a refresh',
    figure: { measure: 'traffic', subject: 'refresh function', variant: 'one row changed: Data API answers' },
  },
  djangoMs: {
    unit: 'ms',
    of: 'a list of the original from its memory, on one vCPU',
    figure: { measure: 'warm', subject: 'FastAPI + Django', variant: 'plain' },
  },
  djangoRefreshMs: {
    unit: 'ms',
    of: 'a refresh of the original, on one vCPU',
    figure: { measure: 'refresh', subject: 'FastAPI + Django', variant: 'one row changed' },
  },
} satisfies Record<string, { unit: string; of: string; figure: Which }>;

const assumed = (input: Omit<Input, 'from'>): Input => ({ ...input, from: 'assumed' });

/** What neither the benchmark nor the configuration can tell. To reckon with other numbers, change them here. */
const assumptions = {
  fullVcpuMiB: assumed({ value: 1_769, unit: 'MiB', of: 'memory at which Lambda gives one whole vCPU' }),
  dynamoDbMs: assumed({ value: 5, unit: 'ms', of: 'one DynamoDB request, over the network' }),
  dataApiMs: assumed({ value: 20, unit: 'ms', of: 'one Data API call, without its query' }),
  coldShare: assumed({ value: 0.01, unit: '', of: 'share of the requests that start a container' }),
  peak: assumed({ value: 4, unit: '', of: 'requests a second in the busiest hour, to the month’s average' }),
  listLogBytes: assumed({ value: 602, unit: 'bytes', of: 'the log line of a list, with its metrics' }),
  refreshLogBytes: assumed({ value: 830, unit: 'bytes', of: 'the two log lines of a refresh' }),
  lookLogBytes: assumed({ value: 200, unit: 'bytes', of: 'the log line of a look that finds nothing' }),
  platformLogBytes: assumed({ value: 350, unit: 'bytes', of: 'Lambda’s own log lines of one invocation' }),
  listMetrics: assumed({ value: 5, unit: 'metrics', of: 'metrics of the list function, once it is asked' }),
  refreshMetrics: assumed({
    value: 6,
    unit: 'metrics',
    of: 'metrics of the refresh function, once there are changes',
  }),
  taskVcpu: assumed({ value: 0.25, unit: 'vCPU', of: 'one Fargate task' }),
  taskGb: assumed({ value: 0.5, unit: 'GB', of: 'memory of one Fargate task' }),
  leastTasks: assumed({ value: 2, unit: 'tasks', of: 'tasks that are always there, in two zones' }),
  utilisation: assumed({ value: 0.6, unit: '', of: 'share of a task’s vCPU that is used at the peak' }),
  taskLogBytes: assumed({ value: 120, unit: 'bytes', of: 'a container’s log line of one request' }),
  publicIps: assumed({
    value: 4,
    unit: 'addresses',
    of: 'public addresses of the load balancer and of two tasks',
  }),
  requestsPerConnection: assumed({
    value: 10,
    unit: '',
    of: 'requests on one connection to the load balancer',
  }),
  gatewayTtlS: assumed({ value: 60, unit: 's', of: 'how long API Gateway’s cache keeps an answer' }),
};

const Service = z.object({
  params: z.object({ default: z.object({ freshForMs: z.coerce.number() }) }),
  functions: z.object({
    list: z.object({ memorySize: z.number() }),
    refresh: z.object({ memorySize: z.number() }),
  }),
});

export type Inputs = Awaited<ReturnType<typeof inputsFor>>;

/**
 * What is reckoned with, for a table of so many rows.
 * @throws MissingFigureError
 */
export async function inputsFor(rows: number, figures: readonly Figure[]) {
  const text = await readFile(new URL('../../serverless.yml', import.meta.url), 'utf8');
  const { params, functions } = Service.parse(parse(text, { logLevel: 'error' })); // the tags are CloudFormation's
  const configured = (value: number, unit: string, of: string): Input => ({
    ...{ value, unit, of },
    from: 'configured',
  });
  const measured = (name: keyof typeof measurements): Input => {
    const { figure, unit, of } = measurements[name];
    return { value: medianOf(figures, rows, figure), unit, of, from: 'measured' };
  };

  return {
    listMs: measured('listMs'),
    listColdMs: measured('listColdMs'),
    refreshMs: measured('refreshMs'),
    dataApiCalls: measured('dataApiCalls'),
    dataApiBytes: measured('dataApiBytes'),
    djangoMs: measured('djangoMs'),
    djangoRefreshMs: measured('djangoRefreshMs'),
    freshForMs: configured(params.default.freshForMs, 'ms', 'how long a container answers without asking'),
    listMiB: configured(functions.list.memorySize, 'MiB', 'memory of the list function'),
    refreshMiB: configured(functions.refresh.memorySize, 'MiB', 'memory of the refresh function'),
    ...assumptions,
  };
}
