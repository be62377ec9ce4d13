import assert from 'node:assert/strict';
import type { Fetch, Key, Timing, VisibilitySource } from '../api.ts';
import { parseExact } from '../exact-json.ts';
import {
  createFakeServer,
  type FakeReply,
  type FakeServer,
  type Generation,
  matching,
} from './fake-server.ts';
import type { Rule } from './rule.ts';
import { createScriptedNetwork } from './scripted-network.ts';
import { createVirtualTime, settle } from './virtual-time.ts';

/** Starts the client. */
export interface ClientSubject {
  start(options: ClientOptions): RunningClient;
}

export interface ClientOptions {
  url: string;
  /** The time between two requests, ± half. */
  intervalMs: number;
  /** The time limit for a request. */
  requestTimeoutMs: number;
  fetch: Fetch;
  timing: Timing;
  document: VisibilitySource;
}

export interface RunningClient {
  readonly version: number | undefined;
  all(): readonly object[];
  getSnapshot(): unknown;
  get(key: Key): object | undefined;
  subscribe(listener: () => void): () => void;
  waitFor(transactionId: string, options: { timeoutMs: number }): Promise<void>;
  close(): void;
}

export const intervalMs = 1_000;
export const requestTimeoutMs = 5_000;
/** Covers a request and its answer with any jitter. */
export const turnMs = intervalMs * 2;

/** The actors and the controls of a rule. */
export interface Scene {
  server: FakeServer;
  network: ReturnType<typeof createScriptedNetwork>;
  client: RunningClient;
  advance(ms: number): Promise<void>;
  untilNextRequest(): Promise<void>;
  publish(records: Generation): number;
  /** Hides or shows the page. */
  show(isShown: boolean): void;
  /** Asserts that the client has the newest generation. */
  expectCurrent(): void;
  /** The number of calls of listeners. */
  notified(): number;
  /** The number of requests for the list. */
  lists(): number;
}

/** Runs a client against a fake server. In each rule it also checks that every state that a listener sees was published. */
export function scene(
  {
    records = rows(3),
    query = '',
    ...options
  }: Parameters<typeof createFakeServer>[0] & { records?: Generation; query?: string },
  play: (scene: Scene) => Promise<void>,
): Rule<ClientSubject>['check'] {
  return async ({ start }) => {
    const server = createFakeServer(options);
    const time = createVirtualTime();
    const network = createScriptedNetwork(server.answer, time);
    const page = createPage();
    server.publish(records);
    const asked = (all: Generation) => matching(all, new URLSearchParams(query));
    const client = start({
      url: `http://fake.test/v1/topics/${query}`,
      intervalMs,
      requestTimeoutMs,
      fetch: network.fetch,
      timing: time.timing,
      document: page,
    });
    let notified = 0;
    const unpublished: string[] = [];
    client.subscribe(() => {
      notified += 1;
      const { version } = client;
      if (version !== undefined && !isGeneration(client.all(), asked(server.published(version) ?? [])))
        unpublished.push(`version ${version} with ${client.all().length} records`);
    });
    await play({
      server,
      network,
      client,
      advance: time.advance,
      async untilNextRequest() {
        const sent = network.requests.length;
        for (let ms = 0; network.requests.length === sent; ms += 10) {
          assert.ok(ms < turnMs, `No request was sent for ${turnMs} ms.`);
          await time.advance(10);
        }
      },
      publish: server.publish,
      show: page.show,
      expectCurrent() {
        assert.equal(client.version, server.version);
        assert.deepEqual(client.all(), parsed(asked(server.records())));
      },
      notified: () => notified,
      lists: () => network.requests.filter(isList).length,
    });
    client.close();
    await settle();
    assert.deepEqual(unpublished, []);
  };
}

/** A document's visibility. */
export function createPage() {
  let hidden = false;
  const listeners = new Set<() => void>();
  return {
    get hidden() {
      return hidden;
    },
    addEventListener: (_type: 'visibilitychange', listener: () => void) => void listeners.add(listener),
    removeEventListener: (_type: 'visibilitychange', listener: () => void) => void listeners.delete(listener),
    show(isShown: boolean) {
      hidden = !isShown;
      for (const listener of listeners) listener();
    },
  };
}

/** @param key as JSON */
export const row = (key: string | number, title = 'a title') => ({
  key: String(key),
  json: `{"id":${key},"title":${JSON.stringify(title)}}`,
});

export const rows = (count: number) => Array.from({ length: count }, (_, at) => row(at + 1));

export const parsed = (records: Generation) => records.map(({ json }) => parseExact(json));

/** Whether these are a generation's records, in its order. */
export function isGeneration(records: readonly object[], generation: Generation | undefined): boolean {
  if (records.length !== generation?.length) return false;
  return generation.every(({ json }, at) => {
    const record = Object.entries(records[at] ?? {});
    const expected = parsedRecord(json);
    return record.length === expected.size && record.every(([name, value]) => expected.get(name) === value);
  });
}

const parsedRecords = new Map<string, ReadonlyMap<string, unknown>>();
function parsedRecord(json: string): ReadonlyMap<string, unknown> {
  const known = parsedRecords.get(json);
  if (known !== undefined) return known;
  if (parsedRecords.size === 10_000) parsedRecords.clear();
  const record = new Map(Object.entries(parseExact(json) ?? {}));
  parsedRecords.set(json, record);
  return record;
}

export const isList = ({ url }: { url: string }) => !url.includes('/changes/');

export const withHeaders = (reply: FakeReply, headers: Record<string, string>): FakeReply => ({
  ...reply,
  headers: { ...reply.headers, ...headers },
});
