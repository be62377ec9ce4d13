import { describe, expect, test } from '@jest/globals';
import { createChangeApplier } from '../../lib/changes/apply-change.ts';
import type { TableChange } from '../../lib/changes/change.ts';
import type { ReportedEvent } from '../../lib/report.ts';

const how = { deadlineMs: 1_000, wait: false, lingerMs: 0 };
const known = ['public.bbs_topic', 'public.Author', 'public.author', 'a b.new'];
const ignored = { outcome: 'ignored', reason: 'no table of this dataset has this name' };

function service(partitionParents?: (relation: string) => Promise<string | undefined>) {
  const refreshed: unknown[] = [];
  const reported: ReportedEvent[] = [];
  const apply = createChangeApplier({
    refresher: async () => ({
      refresh: async (request) => {
        refreshed.push(request);
        return { outcome: 'recorded' };
      },
      resume: async () => ({ outcome: 'idle' }),
    }),
    relations: known,
    ...(partitionParents === undefined ? {} : { partitionParents }),
    report: (event) => void reported.push(event),
  });
  const change = (relations: string[], more: Partial<TableChange> = {}) =>
    apply({ kind: 'change', relations, transactionIds: [], ...more }, how);
  return { refreshed, reported, apply, change };
}

test('a change of a known table refreshes, with its transactions and the time of its announcement', async () => {
  const { change, refreshed } = service();
  await change(['public.other', 'public.bbs_topic'], { transactionIds: ['7'], announcedAtMs: 1_234 });
  expect(refreshed).toEqual([{ ...how, transactionIds: ['7'], announcedAtMs: 1_234 }]);
});

test('a schedule resumes; a record without rows is counted', async () => {
  const { apply, refreshed, reported } = service();
  expect(await apply({ kind: 'schedule' }, how)).toEqual({ outcome: 'idle' });
  const reason = 'heartbeat of Debezium';
  expect(await apply({ kind: 'ignored', reason }, how)).toEqual({ outcome: 'ignored', reason });
  expect(reported).toEqual([{ name: 'event.skipped', skipped: 1, reasons: [reason] }]);
  expect(refreshed).toEqual([]);
});

describe('a name', () => {
  test.each([
    'PUBLIC.BBS_TOPIC',
    '"public"."bbs_topic"',
    '"Public".bbs_topic',
    'public.author',
    '"a b"."new"',
  ])('is matched without regard to case and quotes: %s', async (relation) => {
    const { change, refreshed, reported } = service();
    expect(await change([relation])).toEqual({ outcome: 'recorded' });
    expect(refreshed).toHaveLength(1);
    expect(reported).toEqual([]);
  });

  test.each(['public.AUTHOR', 'public.bbs', 'bbs_topic', 'public.bbs_topic_p1', ''])(
    'that is no table’s, or of more than one (%s), is ignored with a warning that lists the tables',
    async (relation) => {
      const { change, refreshed, reported } = service();
      expect(await change([relation])).toEqual(ignored);
      expect(reported).toEqual([{ name: 'event.unmatched', level: 'warn', relations: [relation], known }]);
      expect(refreshed).toEqual([]);
    },
  );

  test('of a control record that is no table’s is ignored without a warning', async () => {
    const { change, reported } = service();
    expect(await change([], { mentioned: ['public.auth_user'] })).toMatchObject({ outcome: 'ignored' });
    expect(reported).toEqual([
      { name: 'event.skipped', skipped: 1, reasons: ['about tables that are not served'] },
    ]);
  });

  test('of a control record that is a table’s refreshes', async () => {
    const { change, refreshed } = service();
    await change(['public.auth_user'], { mentioned: ['public.bbs_topic'] });
    expect(refreshed).toHaveLength(1);
  });
});

describe('a partition', () => {
  const parents = (asked: string[]) => async (relation: string) => {
    asked.push(relation);
    return { 'public.bbs_topic_p1': 'public.bbs_topic', 'public.log_1': 'public.log' }[relation];
  };

  test('is matched by its parent, which is queried once', async () => {
    const asked: string[] = [];
    const { change, refreshed, reported } = service(parents(asked));
    await change(['public.log_1', 'public.bbs_topic_p1']);
    await change(['public.bbs_topic_p1']);
    expect(asked).toEqual(['public.log_1', 'public.bbs_topic_p1']);
    expect(refreshed).toHaveLength(2);
    expect(reported).toEqual([]);
  });

  test('of another table is ignored with a warning', async () => {
    const { change, reported } = service(parents([]));
    expect(await change(['public.log_1'])).toEqual(ignored);
    expect(reported).toMatchObject([{ name: 'event.unmatched' }]);
  });

  test('is not queried where the table’s name is known', async () => {
    const asked: string[] = [];
    await service(parents(asked)).change(['public.log_1', 'public.bbs_topic']);
    expect(asked).toEqual([]);
  });

  test('whose parent cannot be queried fails the event, so that its sender retries', async () => {
    const { change } = service(async () => {
      throw new Error('the database does not answer');
    });
    await expect(change(['public.bbs_topic_p1'])).rejects.toThrow('does not answer');
  });
});
