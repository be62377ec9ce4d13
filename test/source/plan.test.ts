import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Plan, pagesOf } from '../../lib/source/plan.ts';

/** For each run: `kept`, or the bytes of its parts. Keys are numbers. */
const runs = fc.array(
  fc.oneof(fc.constant('kept' as const), fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 4 })),
  { maxLength: 12 },
);

function planOf(described: readonly ('kept' | number[])[]): Plan {
  let key = 0;
  const plan: Plan = { digest: '', kept: [], parts: [], twice: null, keyless: false, large: null };
  for (const [at, run] of described.entries()) {
    const parts = run === 'kept' ? [1] : run;
    if (run === 'kept') plan.kept.push([at + 1, 1]);
    for (const bytes of parts) {
      const keys = { first: String(key), last: String(key + 1) };
      if (run !== 'kept') plan.parts.push({ run: at + 1, ...keys, rows: 2, bytes, digest: '' });
      key += 2;
    }
  }
  return plan;
}

test('pages have every step in order, no more than an answer holds, and no key of a run that is kept', () => {
  fc.assert(
    fc.property(runs, (described) => {
      const plan = planOf(described);
      const pages = pagesOf(plan, 100);
      const steps = pages.flatMap((page) => page.steps);
      expect(steps.filter(({ kept }) => kept)).toHaveLength(plan.kept.length);
      expect(steps.flatMap((step) => (step.kept ? [] : [step.first]))).toEqual(
        plan.parts.map(({ first }) => first),
      );
      expect(steps.map(({ run }) => run)).toEqual(steps.map(({ run }) => run).toSorted((a, b) => a - b));
      for (const page of pages) {
        const parts = page.steps.flatMap((step) => (step.kept ? [] : [step]));
        const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
        expect(parts.length <= 1 || bytes <= 100).toBe(true);
        const keys = page.ranges.flatMap(([first, last]) =>
          Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => Number(first) + at),
        );
        expect(keys).toEqual(parts.flatMap(({ first, last }) => [Number(first), Number(last)]));
      }
    }),
  );
});
