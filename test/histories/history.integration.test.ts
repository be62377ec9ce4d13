import { expect, test } from '@jest/globals';
import { figuresOf } from './figures.ts';
import { run } from './run.ts';

const seconds = 15;
const seed = 20_240_101;

test('whatever is killed, frozen or fails: what is served is one moment, never goes back, and becomes the table', async () => {
  const { lines, violations } = await run({ seed, seconds });
  process.stderr.write(
    `${figuresOf(lines)
      .map((line) => `  ${line}`)
      .join('\n')}\n`,
  );
  expect(violations).toEqual([]);
}, 120_000);
