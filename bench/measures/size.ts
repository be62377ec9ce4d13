import type { Build } from '../build.ts';
import { besideEach } from '../figure.ts';
import { type Measure, names } from '../measure.ts';

/** The minified code that the list function's start loads. */
export const measure: Measure = async ({ now, before }) => {
  const sizeOf = async (build: Build) => [(await build.bundle('functions/list.ts')).bytesAtStart / 1_000];
  const samples = new Map([[names.now, await sizeOf(now)]]);
  if (before !== undefined) samples.set(names.before, await sizeOf(before));
  return besideEach({ id: 'size', what: 'Code that the list function loads', rows: 0, unit: 'KB' }, samples);
};
