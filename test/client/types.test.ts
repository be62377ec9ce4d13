import { expect, test } from '@jest/globals';
import { type LiveTable, liveTable } from '../../client/live-table.ts';
import type { components, operations } from '../../client/openapi-types.ts';
import type { Changes, List } from '../../client/reader.ts';

type Topic = components['schemas']['Topic'];

test('the members that the client reads are in the answer’s type', () => {
  const difference: components['schemas']['TopicChanges'] = {
    version: 2,
    upserts: [],
    deletes: [1],
    count: 0,
  };
  const read: Changes = difference;
  const { topics: records }: components['schemas']['TopicList'] = { topics: [] };
  const list: List = { version: read.version, records, count: records.length };
  expect(list).toEqual({ version: 2, records: [], count: 0 });
});

test('the records of a copy have their types, and so have the names of its query', () => {
  const ordering: NonNullable<operations['topics_list']['parameters']['query']>['ordering'] = ['-dt', 'id'];
  const copy: LiveTable<Topic> = liveTable<Topic>({
    url: 'http://service.test/topics/',
    fetch: () => Promise.reject(new TypeError('no network')),
  });
  const title: string | undefined = copy.get(1)?.title;
  // @ts-expect-error: a topic has no such member
  const subject: unknown = copy.get(1)?.subject;
  copy.close();
  expect([title, subject, ordering]).toEqual([undefined, undefined, ['-dt', 'id']]);
});
