import { describe, expect, test } from '@jest/globals';
import type { FakeRecord } from '../../client/conformance/fake-server.ts';
import { toResponse } from '../../client/conformance/scripted-network.ts';
import { type ServerSubject, serverRules } from '../../client/conformance/server-rules.ts';
import { systemClock } from '../../lib/clock.ts';
import { createTopics } from '../client/topics.ts';
import { createDescription } from '../docs/described.ts';
import { storedRecord } from '../fakes/records.ts';
import { topics as topicsTable } from '../support/tables/topics.ts';
import { createLiveService } from './live-service.ts';

const description = createDescription([topicsTable]);

const storedOf = (records: readonly FakeRecord[]) =>
  records.map(({ key, json }) =>
    storedRecord(key, json.replace('}', ',"comment":"a comment","dt":"2026-02-28T09:05:07+00:00"}')),
  );

/** The service with a history, whose requests go to its containers in turn. */
async function subject(containers: number, faults: string[]): Promise<ServerSubject> {
  const service = createLiveService({ clock: systemClock, fillBytes: 400 });
  const topics = createTopics(1);
  for (let turn = 0; turn < 8; turn += 1) await service.publish(storedOf(topics.change()));
  const check: Parameters<typeof service.container>[0] = ({ method, path }, reply) => {
    if (path !== '/changes/no-such-table/') faults.push(...description.differences(method, path, reply));
  };
  const handlers = Array.from({ length: containers }, () => service.container(check));
  let requests = 0;
  return {
    baseUrl: 'http://service.test/',
    table: 'topics',
    query: 'search=1',
    change: async () => {
      await service.publish(storedOf(topics.change()));
    },
    async fetch(url, { method, headers }) {
      const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
      const handler = handlers[requests++ % containers];
      if (handler === undefined) throw new TypeError('no container');
      return toResponse(await handler({ method, url, headers: Object.fromEntries(lower) }));
    },
  };
}

describe.each([1, 3])('the service, of %i containers', (containers) => {
  test.each(serverRules)('follows its description: $title', async ({ check }) => {
    const faults: string[] = [];
    await check(await subject(containers, faults));
    expect(faults).toEqual([]);
  });
});
