import { describe, expect, test } from '@jest/globals';
import { expectOutcome, expectRead } from '../../bench/measure/refresh-changes.ts';
import { startLineProcess } from '../../bench/subjects/line-process.ts';
import { statusOf } from '../../bench/subjects/subject.ts';

describe('a failed answer is never timed as a success', () => {
  test.each([
    ['plain', [200]],
    ['gzip', [200]],
    ['asks DynamoDB', [200]],
    ['304', [304]],
    ['plain', [413]],
  ] as const)('%s may be answered %j', (variant, statuses) => {
    expect(statusOf('list', { variant }, statuses)).toBe(statuses[0]);
  });

  test.each([
    ['plain', [500]],
    ['plain', [200, 500]],
    ['plain', [200, 413]],
    ['gzip', [304]],
    ['304', [200]],
    ['plain', []],
  ] as const)('%s may not be answered %j', (variant, statuses) => {
    expect(() => statusOf('list', { variant }, statuses)).toThrow('list answered');
  });

  test('a reader reads all topics, the original answers 200, and a refresh does what the change calls for', () => {
    expectRead('SELECT by pg', 1_000, '1000 rows');
    expect(() => expectRead('SELECT by pg', 1_000, '999 rows')).toThrow(
      'SELECT by pg gave 999 rows, not 1000 rows',
    );
    expectRead('FastAPI + Django', 1_000, '200');
    expect(() => expectRead('FastAPI + Django', 1_000, '500')).toThrow('FastAPI + Django gave 500, not 200');
    expectOutcome('all changed', 'published');
    expect(() => expectOutcome('all changed', 'unchanged')).toThrow(
      'a refresh with all changed was unchanged',
    );
  });
});

describe('a process that answers lines', () => {
  const start = (code: string) => startLineProcess('the echo', process.execPath, ['--eval', code], {});
  const echo = `const answer = (text) => fs.writeSync(3, text + '\\n');
    answer('{}');
    readline.createInterface({ input: process.stdin }).on('line', (line) => {
      if (line.includes('end')) process.exit(7);
      answer(line);
    });`;

  test('is asked as often as one likes, and ends when it is stopped', async () => {
    const { ask, stop, pid } = await start(echo);
    expect(await ask({ n: 1 })).toEqual({ n: 1 });
    expect(await ask({ n: 2 })).toEqual({ n: 2 });
    await stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('that ends fails the question, by its name and exit code', async () => {
    const { ask } = await start(echo);
    await expect(ask({ now: 'end' })).rejects.toThrow('the echo ended with 7');
  });

  test('that does not start is told by its name', async () => {
    await expect(start('process.exit(3)')).rejects.toThrow('the echo ended with 3');
  });
});
