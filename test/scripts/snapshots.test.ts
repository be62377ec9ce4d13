import { beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { run } from '../../scripts/snapshots/run.ts';
import { createPublishing, type Publishing } from '../fakes/publishing.ts';

let service: Publishing;
let out: string[];
let errors: string[];
let stages: (string | undefined)[];
beforeEach(async () => {
  service = createPublishing();
  [out, errors, stages] = [[], [], []];
  await service.refresh();
});
const snapshots = (...args: string[]) => {
  out.length = 0;
  return run(args, {
    connect: async (stage) => {
      stages.push(stage);
      return service.operating;
    },
    write: (line) => out.push(line),
    writeError: (line) => errors.push(line),
  });
};
const lines = () => out.map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)));
async function publish(rows = ['1']) {
  service.clock.advance(1_000);
  service.change(rows);
  await service.refresh();
  return (await service.pointer()).generation;
}

describe('npm run snapshots', () => {
  test('list prints the kept generations, newest first, and the one that readers serve', async () => {
    const { generation: first } = await service.pointer();
    const second = await publish();
    await snapshots('pin', String(first));
    expect(await snapshots('list', '--json')).toBe(0);
    expect(lines()).toMatchObject([
      { generation: second, current: true, answered: false, pinned: false, tables: { topics: { count: 4 } } },
      { generation: first, current: false, answered: true, pinned: true },
    ]);
    await snapshots('list');
    expect(out[0]).toContain('topics 4');
    expect(out[1]).toContain('pinned');
  });

  test('show describes each table, and diff lists records by key', async () => {
    const { generation: first } = await service.pointer();
    service.database.commit(service.database.begin([], { empties: 'tags' }));
    const second = await publish(['2']);
    expect(await snapshots('show', String(second), '--json')).toBe(0);
    expect(lines()).toMatchObject([
      { table: 'topics', count: 4, changed: second },
      { table: 'tags', count: 1 },
    ]);
    expect(await snapshots('diff', String(first), String(second), '--json')).toBe(0);
    expect(lines()).toEqual([
      { table: 'topics', from: first, to: second, added: [], removed: [], changed: ['2'] },
      { table: 'tags', from: first, to: second, added: [], removed: ['2', '3'], changed: [] },
    ]);
    await snapshots('diff', String(second), String(first));
    expect(out.join('\n')).toContain('added    2: 2, 3');
  });

  test('pin, unpin, forget and reset change the pointer by compare-and-set', async () => {
    const { generation: first } = await service.pointer();
    const second = await publish();
    expect(await snapshots('pin', String(first))).toBe(0);
    expect((await service.pointer()).pin).toBe(first);
    expect(await snapshots('unpin')).toBe(0);
    expect((await service.pointer()).pin).toBeUndefined();
    expect(await snapshots('forget', '--stage', 'prod')).toBe(0);
    expect(out[0]).toContain('create-invalidation');
    expect(out[0]).toContain('npx sls invoke -f sweep --stage prod');
    expect((await service.pointer()).oldest).toBe(second);
    expect(await snapshots('reset')).toBe(0);
    expect((await service.pointer()).tables).toEqual({});
    expect(stages).toEqual([undefined, undefined, 'prod', undefined]);
  });

  test('accept publishes the held table as a new generation', async () => {
    const { refresh } = service.container({ mayLose: 0.1 });
    service.database.commit(service.database.begin([], { empties: 'tags' }));
    await refresh({ deadlineMs: service.clock.now() + 1_000, wait: false, lingerMs: 0 });
    await snapshots('list');
    expect(out[0]).toContain('tags 3 (held: 1)');
    const before = await service.pointer();
    service.clock.advance(1_000);
    expect(await snapshots('accept', 'tags')).toBe(0);
    const after = await service.pointer();
    expect(after.generation).toBeGreaterThan(before.generation);
    expect(after.tables['tags']?.[0]).toMatchObject({ count: 1, generation: after.generation });
    expect(after.tables['tags']?.[0]).not.toHaveProperty('held');
    expect(after.tables['topics']).toEqual(before.tables['topics']);
    expect(await service.published('tags')).toBe(service.truth('tags'));
    expect(await service.pointers.readArchived(before.generation)).toEqual(before);
  });

  test.each([
    [['pin', '1']],
    [['show', '1']],
    [['show', '9999999999999999']],
    [['unpin']],
    [['accept', 'topics']],
    [['diff', '1', '2']],
  ])('%j cannot be done as things are: 1, and a plain sentence', async (args) => {
    const before = await service.pointer();
    expect(await snapshots(...args)).toBe(1);
    expect(errors[0]).toMatch(/\.$/);
    expect(await snapshots(...args, '--json')).toBe(1);
    expect(JSON.parse(errors[1] ?? '')).toMatchObject({ code: expect.any(String) });
    expect(await service.pointer()).toEqual(before);
  });

  test.each([
    [[]],
    [['publish']],
    [['pin']],
    [['pin', 'first']],
    [['diff', '1']],
    [['list', 'all']],
    [['list', '--colour']],
  ])('%j is invalid usage: exit code 2 without a call', async (args) => {
    expect(await snapshots(...args)).toBe(2);
    expect(errors[0]).toContain('Usage:');
    expect(stages).toEqual([]);
  });
});
