import type { Build } from '../build.ts';
import { besideEach, type Figure } from '../figure.ts';
import { type Measure, names } from '../measure.ts';

const leastKB = 8;

/** The bytes that the list function's start loads, in all and by package or folder, from esbuild's metafile; without small ones. */
export const measure: Measure = async ({ now, before }) => {
  const sizesOf = async (build: Build) => {
    const { atStart } = await build.bundle('functions/list.ts');
    const sizes = new Map(atStart.map(({ name, bytes }) => [name, bytes / 1_000]));
    return sizes.set(
      'all of it',
      [...sizes.values()].reduce((sum, kb) => sum + kb, 0),
    );
  };
  const own = await sizesOf(now);
  const former = before && (await sizesOf(before));
  const order = [...own].filter(([, kb]) => kb >= leastKB).sort(([, a], [, b]) => b - a);
  return order.flatMap(([name, kb]): Figure[] => {
    const value = former?.get(name);
    const samples = new Map([
      [names.now, [kb]],
      ...(value === undefined ? [] : [[names.before, [value]] as const]),
    ]);
    return besideEach(
      { id: `size.${name}`, what: `Start of the list function: ${name}`, rows: 0, unit: 'KB' },
      samples,
    );
  });
};
