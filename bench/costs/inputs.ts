import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import * as z from 'zod';
import type { Figure } from '../figure.ts';
import { assumptions } from './assumptions.ts';
import { medianOf, type Which } from './footprint.ts';

/** One number that the models reckon with. */
export interface Input {
  value: number;
  unit: string;
  of: string;
  /** Found by the benchmark, read from `serverless.yml`, or known from nowhere but `assumptions.ts`. */
  from: 'measured' | 'configured' | 'assumed';
}

/** The figures of the benchmark that the models reckon with. */
const measurements = {
  listMs: {
    unit: 'ms',
    of: 'a list as gzip from memory, through Lambda’s runtime client, on one vCPU',
    figure: { measure: 'loop', subject: 'list function', variant: 'gzip' },
  },
  handlerMs: {
    unit: 'ms',
    of: 'the same, of the handler alone',
    figure: { measure: 'warm', subject: 'list function', variant: 'gzip' },
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
    handlerMs: measured('handlerMs'),
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
