import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { type Alarm, alarmResources, alarmsOf } from '../../deploy/alarms.ts';
import { dashboardResource } from '../../deploy/dashboard.ts';
import change from '../../events/change.json' with { type: 'json' };
import schedule from '../../events/schedule.json' with { type: 'json' };
import type { Applied } from '../../lib/changes/apply-change.ts';
import { eventHandler } from '../../lib/changes/event-handler.ts';
import { parseChange } from '../../lib/changes/parse-change.ts';
import { api } from '../../lib/http/api.ts';
import { listEndpoint } from '../../lib/http/list-endpoint.ts';
import { createLog } from '../../lib/log.ts';
import type { ReportedEvent } from '../../lib/report.ts';
import { StoreError } from '../../lib/stores/store-error.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { lambdaContext } from '../fakes/lambda-context.ts';
import { createPublishing } from '../fakes/publishing.ts';
import { createTestDataset, freshForMs, published, recordsOf } from '../reading/test-dataset.ts';
import { topics } from '../support/tables/topics.ts';
import { isInAlarm } from './alarm-state.ts';

const dimensions = { service: 'offload', stage: 'prod' };
const lagBoundMs = 10_000;
const alarms = alarmsOf({ lagBoundMs });
const named = (name: string): Alarm => {
  const alarm = alarms.find((one) => one.name === name);
  if (alarm === undefined) throw new Error(`there is no alarm ${name}`);
  return alarm;
};
const storeDown = new StoreError('a test', new Error('no answer'));

/** A log that records its lines, with a clock that the test sets. */
function createLines() {
  const at = { nowMs: Date.UTC(2026, 0, 1) };
  const lines: string[] = [];
  const log = createLog({
    ...dimensions,
    functionName: 'refresh',
    nowMs: () => at.nowMs,
    write: (line) => lines.push(line),
  });
  return { at, lines, log };
}

/** Lists over HTTP with a store that can fail, and the reported events. */
async function servedLists(isDown: boolean): Promise<string[]> {
  const { lines, log } = createLines();
  const dataset = createTestDataset();
  await dataset.publish({ rows: { topics: recordsOf(3) } });
  const container = dataset.container();
  const endpoint = listEndpoint({
    ...{ table: topics, reader: container, note: log.note },
    cacheControl: { maxAgeS: 0, staleWhileRevalidateS: 0, staleIfErrorS: 0 },
  });
  const handler = api([{ path: '/topics/', endpoint }], { nowMs: dataset.clock.now, log });
  const get = () => handler(httpEvent({ method: 'GET', path: '/topics/' }), lambdaContext());
  await get();
  if (isDown) dataset.down.store = storeDown;
  dataset.clock.advance(freshForMs);
  await get();
  return lines;
}

async function handled(event: unknown): Promise<string[]> {
  const { lines, log } = createLines();
  const applyChange = async (): Promise<Applied> => ({ outcome: 'idle' });
  const handle = eventHandler({ parseChange, applyChange }, { nowMs: Date.now, log });
  await handle(event, lambdaContext()).catch(() => {});
  return lines;
}

const linesOf = (events: readonly ReportedEvent[]) => {
  const { lines, log } = createLines();
  for (const event of events) log.report(event);
  return lines;
};

/** The log lines at which the alarm must fire. */
const troubles: Record<string, () => Promise<string[]>> = {
  lag: async () => {
    const service = createPublishing();
    await service.refresh({ announcedAtMs: service.clock.now() - lagBoundMs - 1 });
    return linesOf(service.events);
  },
  'stale-served': () => servedLists(true),
  'store-bypassed': async () => {
    const dataset = createTestDataset();
    dataset.down.store = storeDown;
    const other = createTestDataset();
    const rows = { topics: recordsOf(1) };
    const own = other.alone(async () => published(await other.publish({ rows })));
    await dataset.container({ withoutStore: async () => own }).read();
    return linesOf(dataset.reported.events);
  },
  broken: async () => {
    const dataset = createTestDataset();
    const pointer = await dataset.publish({ rows: { topics: recordsOf(40) } });
    const [ref] = pointer.tables['topics']?.[0]?.manifest.refs ?? [];
    dataset.damaged.set(ref?.hash ?? '', 'missing');
    dataset.refresh = async () => {
      dataset.damaged.clear();
      return published(pointer, { outcome: 'coalesced' });
    };
    await dataset.container().read();
    return linesOf(dataset.reported.events);
  },
  'guard-tripped': async () => {
    const service = createPublishing();
    const { refresh } = service.container({ mayLose: 0.5 });
    const go = () => refresh({ wait: false, lingerMs: 0, deadlineMs: service.clock.now() + 30_000 });
    await go();
    service.database.commit(service.database.begin(['topics/1'], { empties: 'tags' }));
    await go();
    return linesOf(service.events);
  },
  'table-left-out': async () => {
    const service = createPublishing();
    await service.refresh();
    service.leavesOut.set('tags', { reason: 'locked', error: storeDown });
    service.change();
    await service.refresh();
    return linesOf(service.events);
  },
  'events-rejected': () => handled({ ...change, table: 7 }),
};

/** Repeats the lines each minute. */
function repeated(lines: readonly string[], minutes: number, nowMs: number) {
  return Array.from({ length: minutes }, (_, back) =>
    lines.map((line) => {
      const parsed = JSON.parse(line);
      const { _aws } = parsed;
      return JSON.stringify({
        ...parsed,
        ...(_aws === undefined ? {} : { _aws: { ..._aws, Timestamp: nowMs - back * 60_000 } }),
      });
    }),
  ).flat();
}

describe('an alarm on a metric of ours', () => {
  const nowMs = Date.UTC(2026, 0, 1, 12);
  const healthy = async () => {
    const service = createPublishing();
    await service.refresh({ announcedAtMs: service.clock.now() - 500 });
    service.change();
    await service.refresh({ announcedAtMs: service.clock.now() - 700 });
    return [...linesOf(service.events), ...(await servedLists(false)), ...(await handled(schedule))];
  };

  test.each(Object.keys(troubles))(
    '(%s) fires on what the code writes, and is over when that ends',
    async (name) => {
      const lines = await troubles[name]?.();
      const written = repeated(lines ?? [], named(name).of, nowMs);
      expect(isInAlarm(named(name), written, { nowMs, dimensions })).toBe(true);
      expect(isInAlarm(named(name), written, { nowMs: nowMs + 10 * 60_000, dimensions })).toBe(false);
      // Lines of another stage must not fire it.
      expect(isInAlarm(named(name), written, { nowMs, dimensions: { ...dimensions, stage: 'dev' } })).toBe(
        false,
      );
    },
  );

  test('(no-heartbeat) fires five minutes after the last look of the schedule', async () => {
    const lines = repeated(await handled(schedule), 1, nowMs);
    const at = (minutes: number) => ({ nowMs: nowMs + minutes * 60_000, dimensions });
    expect([0, 4, 5].map((minutes) => isInAlarm(named('no-heartbeat'), lines, at(minutes)))).toEqual([
      false,
      false,
      true,
    ]);
    const events = repeated(await handled(change), 5, nowMs);
    expect(isInAlarm(named('no-heartbeat'), events, at(0))).toBe(true);
  });

  test('does not fire while all is well', async () => {
    const lines = repeated(await healthy(), 10, nowMs);
    const firing = alarms
      .filter(({ namespace }) => namespace === 'Offload')
      .filter((one) => isInAlarm(one, lines, { nowMs, dimensions }));
    expect(firing.map(({ name }) => name)).toEqual([]);
  });

  test('is tried here, but for the one that the access log makes', () => {
    const ours = alarms.filter(({ namespace }) => namespace === 'Offload').map(({ name }) => name);
    expect(ours.sort()).toEqual([...Object.keys(troubles), 'gateway-throttles', 'no-heartbeat'].sort());
  });
});

describe('every alarm', () => {
  const topicArn = 'arn:aws:sns:eu-west-1:123456789012:oncall';
  const naming = { ...dimensions, runbookUrl: 'docs/operations.md' };

  test('says what to do, and names a section of the runbook', async () => {
    const runbook = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const anchors = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, '')
        .replaceAll(/\s/g, '-'),
    );
    for (const { description, section } of alarms) {
      expect(anchors).toContain(section);
      expect(description).toMatch(/^[A-Z].{30,}[:,] .{10,}\.$/);
    }
    expect(alarms.length).toBeGreaterThanOrEqual(10);
  });

  test('notifies the topic, if there is one, when it fires and when it ends', () => {
    const told = Object.values(alarmResources(alarms, { ...naming, topicArn }));
    for (const one of told)
      expect(one).toMatchObject({ Properties: { AlarmActions: [topicArn], OKActions: [topicArn] } });
    expect(JSON.stringify(alarmResources(alarms, { ...naming, topicArn: '' }))).not.toContain('AlarmActions');
    expect(Object.keys(told)).toHaveLength(alarms.length);
  });

  test('on failed events counts their arrival: those that wait keep it from firing again', () => {
    expect(named('failed-events')).toMatchObject({
      metric: 'NumberOfMessagesSent',
      statistic: 'Sum',
      within: 1,
    });
  });
});

test('the dashboard shows metrics of ours that a line has', async () => {
  const text = JSON.stringify(dashboardResource({ ...dimensions, region: 'eu-west-1' }));
  const shown = [...text.matchAll(/\\"Offload\\",\\"(\w+)\\"/g)].map(([, name]) => name);
  const source = await readFile(new URL('../../lib/log.ts', import.meta.url), 'utf8');
  const known = [...source.matchAll(/\b(\w+): '(?:Count|Bytes|Milliseconds|Events)'/g)].map(
    ([, name]) => name,
  );
  expect(shown.length).toBeGreaterThan(15);
  expect(shown.filter((name) => name !== 'gatewayThrottled' && !known.includes(name))).toEqual([]);
});
