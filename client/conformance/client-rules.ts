import assert from 'node:assert/strict';
import { parseExact } from '../exact-json.ts';
import { errorReply, type FakeReply } from './fake-server.ts';
import type { Rule } from './rule.ts';
import {
  type ClientSubject,
  intervalMs,
  isList,
  requestTimeoutMs,
  row,
  rows,
  scene,
  turnMs,
  withHeaders,
} from './scene.ts';

/**
 * The rules for a client of the protocol. In a test:
 * `test.each(clientRules)('$title', ({ check }) => check({ start: (options) => liveTable(options) }))`
 */
export const clientRules: readonly Rule<ClientSubject>[] = [
  {
    title: 'the client reads the list, and then asks for what changed since its version',
    check: scene({}, async ({ advance, network, server, expectCurrent }) => {
      await advance(turnMs);
      expectCurrent();
      const [first, second] = network.requests;
      assert.equal(first?.url, 'http://fake.test/v1/topics/');
      assert.equal(second?.url, `http://fake.test/v1/changes/topics/?since=${server.version}`);
    }),
  },
  {
    title: 'while nothing changes, getSnapshot is the same and nobody is told',
    check: scene({}, async ({ advance, network, client, notified }) => {
      await advance(turnMs);
      const before = { told: notified(), sent: network.requests.length };
      const snapshot = client.getSnapshot();
      await advance(turnMs * 4);
      assert.ok(network.requests.length > before.sent);
      assert.equal(client.getSnapshot(), snapshot);
      assert.equal(notified(), before.told);
    }),
  },
  {
    title: 'no request needs a CORS preflight, or has the service bypass its cache',
    check: scene({}, async ({ advance, network, publish, client }) => {
      for (let turn = 0; turn < 3; turn++) {
        await advance(turnMs * 3);
        publish([row(turn)]);
      }
      const included = client.waitFor('1', { timeoutMs: 60_000 });
      await advance(turnMs);
      await included;
      for (const { headers, cache } of network.requests) assert.deepEqual([headers, cache], [{}, 'default']);
    }),
  },
  ...[
    {
      order: 'integers by value',
      keys: ['-5', '2', '10', '9007199254740992', '9007199254740993', '9007199254740994'],
    },
    { order: 'strings by code points', keys: ['""', '"A"', '"a"', '"é"', '"\\uFF5E"', '"😀"', '"😀a"'] },
  ].map(({ order, keys }) => ({
    title: `records are added, replaced and deleted in the order of the keys: ${order}`,
    check: scene({}, async ({ advance, client, publish, expectCurrent }) => {
      const all = keys.map((key) => row(key));
      publish(all.filter((_, at) => at % 2 === 0));
      await advance(turnMs);
      expectCurrent();
      publish(all);
      await advance(turnMs);
      expectCurrent();
      for (const { key, json } of all) {
        const parsed: unknown = parseExact(key);
        assert.ok(typeof parsed === 'string' || typeof parsed === 'number' || typeof parsed === 'bigint');
        assert.deepEqual(client.get(parsed), parseExact(json));
      }
      publish(all.filter((_, at) => at % 3 !== 0).map(({ key }) => row(key, 'edited')));
      await advance(turnMs);
      expectCurrent();
      publish([]);
      await advance(turnMs);
      expectCurrent();
    }),
  })),
  {
    title: 'a copy of a query has the records that it lets through, also those that enter and leave',
    check: scene({ query: '?title=wanted' }, async ({ advance, client, publish, expectCurrent, lists }) => {
      const all = Array.from({ length: 9 }, (_, at) => row(at, at % 2 === 0 ? 'wanted' : 'other'));
      publish(all);
      await advance(turnMs);
      expectCurrent();
      assert.equal(client.all().length, 5);
      for (const title of ['other', 'wanted']) {
        publish(all.map(({ key }, at) => row(key, at % 3 === 0 ? title : 'wanted')));
        await advance(turnMs);
        expectCurrent();
      }
      publish(all.slice(4));
      await advance(turnMs);
      expectCurrent();
      assert.equal(lists(), 1);
    }),
  },
  {
    title: 'a query goes with every request, and with every page',
    check: scene(
      { query: '?search=title', mostRecords: 10, records: [...rows(1_500), row(1_501, 'other')] },
      async ({ advance, network, publish, expectCurrent }) => {
        await advance(turnMs * 2);
        expectCurrent();
        publish([...rows(1_400), row(1_501, 'other')]);
        await advance(turnMs);
        expectCurrent();
        assert.ok(network.requests.length > 4);
        for (const { url } of network.requests)
          assert.equal(new URL(url).searchParams.get('search'), 'title', url);
      },
    ),
  },
  {
    title: 'a filter of a column that is called since is not taken for the version',
    check: scene(
      { query: '?since=2020', records: [{ key: '1', json: '{"id":1,"since":2020}' }, row(2)] },
      async ({ advance, publish, client, expectCurrent, lists }) => {
        await advance(turnMs);
        expectCurrent();
        publish([row(1), row(2), { key: '3', json: '{"id":3,"since":2020}' }]);
        await advance(turnMs);
        expectCurrent();
        assert.equal(client.all().length, 1);
        assert.equal(lists(), 1);
      },
    ),
  },
  ...[
    { status: 410, code: 'version_gone' },
    { status: 410, code: 'delta_too_large' },
  ].map(({ status, code }) => ({
    title: `${code} starts again with the list`,
    check: scene({}, async ({ advance, network, publish, expectCurrent, lists }) => {
      await advance(turnMs);
      publish([row(7)]);
      network.next(errorReply(status, code));
      await advance(turnMs);
      expectCurrent();
      assert.equal(lists(), 2);
      assert.notEqual(network.requests.findLast(isList)?.cache, 'default', 'a cache is asked to revalidate');
    }),
  })),
  {
    title: 'after one version_unknown, of a container that lags behind, a cache is told to ask the store',
    check: scene({}, async ({ advance, network, publish, expectCurrent, lists }) => {
      await advance(turnMs);
      publish([row(7)]);
      network.next(errorReply(404, 'version_unknown'));
      await advance(turnMs);
      expectCurrent();
      assert.equal(lists(), 1);
      assert.ok(network.requests.some(({ cache }) => cache === 'no-cache'));
    }),
  },
  {
    title: 'a list that an operator turned back is followed back, by a new start',
    check: scene({}, async ({ advance, server, publish, client }) => {
      const pinned = publish([row(1), row(2)]);
      publish([row(3)]);
      await advance(turnMs);
      server.answerFrom(pinned);
      await advance(turnMs * 2);
      assert.equal(client.version, pinned);
    }),
  },
  {
    title: '413 is answered by a walk through pages of one version, resolved by the relative link',
    check: scene({ mostRecords: 10, records: rows(2_500) }, async ({ advance, network, expectCurrent }) => {
      await advance(turnMs * 2);
      expectCurrent();
      const pages = network.requests.filter(({ url }) => url.includes('limit='));
      assert.equal(pages.length, 3);
      assert.ok(
        pages.slice(1).every(({ url }) => /^http:\/\/fake\.test\/v1\/topics\/\?.*version=\d/.test(url)),
      );
    }),
  },
  {
    title: 'pages of two versions are never shown together',
    check: scene({ mostRecords: 10, records: rows(1_500) }, async ({ advance, network, expectCurrent }) => {
      const unpinned = (reply: FakeReply): FakeReply => withHeaders(reply, { 'snapshot-version': '999999' });
      network.next((reply) => reply, unpinned); // the first request is in flight
      await advance(turnMs * 4);
      expectCurrent();
    }),
  },
  ...[
    { fault: 'another count', edit: (body: string) => body.replace(/"count":\d+/, '"count":77') },
    {
      fault: 'a deleted key that is not there',
      edit: (body: string) => body.replace('"deletes":[', '"deletes":[555,'),
    },
    { fault: 'an earlier version', edit: (body: string) => body.replace(/"version":\d+/, '"version":3') },
    {
      fault: 'a key that occurs twice',
      edit: (body: string) => body.replace(/"upserts":\[(\{.*?\})/, '"upserts":[$1,$1'),
    },
  ].map(({ fault, edit }) => ({
    title: `a difference with ${fault} is not applied: the client starts again`,
    check: scene({}, async ({ advance, network, publish, expectCurrent, lists }) => {
      publish([row(1), row(2), row(3)]);
      await advance(turnMs);
      publish([row(2, 'edited'), row(3), row(9)]);
      network.next((reply) => ({ ...reply, body: edit(reply.body) }));
      await advance(turnMs);
      expectCurrent();
      assert.equal(lists(), 2);
    }),
  })),
  {
    title: 'a server whose differences are always wrong is asked for lists less and less often',
    check: scene({}, async ({ advance, network, lists }) => {
      for (let request = 0; request < 200; request++)
        network.next((reply) => ({ ...reply, body: reply.body.replace(/"count":\d+/, '"count":77') }));
      await advance(intervalMs * 60);
      assert.ok(lists() <= 10, `60 intervals brought ${lists()} lists`);
    }),
  },
  ...[
    {
      fault: 'a body that was cut off',
      happening: (reply: FakeReply) => ({ ...reply, body: reply.body.slice(0, -5) }),
    },
    { fault: 'a body that is not JSON', happening: (reply: FakeReply) => ({ ...reply, body: '<html>' }) },
    { fault: '500', happening: errorReply(500, 'internal_error') },
    { fault: 'a failure of the network', happening: 'fails' as const },
    { fault: 'a request that is never answered', happening: 'silent' as const },
  ].map(({ fault, happening }) => ({
    title: `after ${fault} the records stay, and the next request goes on`,
    check: scene(
      {},
      async ({ advance, network, publish, client, expectCurrent, lists, untilNextRequest }) => {
        publish([row(1)]);
        await advance(turnMs);
        const held = client.getSnapshot();
        publish([row(1), row(2)]);
        network.next(happening);
        await untilNextRequest();
        await advance(50);
        if (happening !== 'silent') assert.equal(client.getSnapshot(), held);
        await advance(requestTimeoutMs + turnMs * 2);
        expectCurrent();
        assert.equal(lists(), 1);
      },
    ),
  })),
  {
    title: 'failures in a row double the pause, up to a bound, and success ends that',
    check: scene({}, async ({ advance, network, expectCurrent }) => {
      await advance(turnMs);
      network.next(...Array.from({ length: 60 }, () => 'fails' as const));
      const before = network.requests.length;
      await advance(intervalMs * 120);
      const sent = () => network.requests.length - before;
      assert.ok(sent() >= 4 && sent() <= 14, `120 intervals of failure saw ${sent()} requests`);
      for (let minute = 0; sent() <= 60; minute++) {
        assert.ok(minute < 180, 'the client goes on');
        await advance(60_000);
      }
      expectCurrent();
      const late = network.requests.length;
      await advance(intervalMs * 10);
      assert.ok(network.requests.length - late >= 5, 'the pause is short again');
    }),
  },
  {
    title: 'after an outage that outlasts the history, one new start brings the normal pace back',
    check: scene({}, async ({ advance, network, publish, expectCurrent, lists }) => {
      await advance(turnMs);
      network.next(...Array.from({ length: 12 }, () => 'fails' as const));
      for (let id = 0; id < 40; id++) publish([row(id)]);
      for (let second = 0; lists() < 2; second++) {
        assert.ok(second < 3_600, 'the client starts again');
        await advance(1_000);
      }
      const sent = network.requests.length;
      await advance(intervalMs * 10);
      assert.ok(network.requests.length - sent >= 5, 'the pause is short again');
      assert.equal(lists(), 2);
      expectCurrent();
    }),
  },
  ...[429, 503].map((status) => ({
    title: `no request is sent within the Retry-After of a ${status}, not even when the page is shown`,
    check: scene({}, async ({ advance, network, show }) => {
      await advance(turnMs);
      network.next(errorReply(status, 'busy', { 'retry-after': '30' }));
      await advance(intervalMs * 2);
      const before = network.requests.length;
      show(false);
      show(true);
      await advance(26_000);
      assert.equal(network.requests.length, before);
      await advance(20_000);
      assert.ok(network.requests.length > before);
    }),
  })),
  {
    title: 'a hidden page sends no request, and one at once when it is shown',
    check: scene({}, async ({ advance, network, show, publish, expectCurrent }) => {
      await advance(turnMs);
      show(false);
      await advance(turnMs);
      const before = network.requests.length;
      publish([row(8)]);
      await advance(3_600_000);
      assert.equal(network.requests.length, before);
      show(true);
      await advance(100);
      assert.equal(network.requests.length, before + 1);
      expectCurrent();
    }),
  },
  {
    title: 'one request is under way at a time',
    check: scene({}, async ({ advance, network, client, show }) => {
      for (let turn = 0; turn < 20; turn++) {
        void client.waitFor(String(turn), { timeoutMs: 60_000 });
        show(false);
        show(true);
        await advance(5);
      }
      await advance(turnMs);
      assert.equal(network.mostInFlight, 1);
    }),
  },
  {
    title:
      'waitFor names the transaction in a request that begins later, and resolves when its answer is applied',
    check: scene({}, async ({ advance, network, publish, client, expectCurrent }) => {
      await advance(turnMs);
      network.next(errorReply(503, 'transaction_not_included', { 'retry-after': '1' }));
      let isIncluded = false;
      const included = client.waitFor('4711', { timeoutMs: 20_000 }).then(() => {
        isIncluded = true;
      });
      await advance(50);
      assert.match(network.requests.at(-1)?.url ?? '', /[?&]transaction=4711$/);
      assert.equal(isIncluded, false);
      publish([row(4)]);
      await advance(turnMs * 2);
      await included;
      expectCurrent();
      await advance(turnMs);
      assert.doesNotMatch(network.requests.at(-1)?.url ?? '', /transaction/);
    }),
  },
  {
    title: 'an answer that was asked for before waitFor does not end it',
    check: scene({}, async ({ advance, network, client, untilNextRequest }) => {
      await advance(turnMs);
      await untilNextRequest();
      network.next('silent'); // the request that names the transaction
      let isIncluded = false;
      const included = client.waitFor('5', { timeoutMs: 60_000 }).then(() => {
        isIncluded = true;
      });
      await advance(100);
      assert.match(network.requests.at(-1)?.url ?? '', /transaction=5$/);
      assert.equal(isIncluded, false);
      await advance(requestTimeoutMs + turnMs * 2);
      await included;
    }),
  },
  {
    title: 'waitFor rejects at its time limit, on a refusal, and on close',
    check: scene({}, async ({ advance, network, client, expectCurrent }) => {
      await advance(turnMs);
      network.next('silent');
      const late = assert.rejects(client.waitFor('1', { timeoutMs: 300 }));
      await advance(400);
      await late;
      await advance(requestTimeoutMs + turnMs);
      network.next(errorReply(400, 'transaction_invalid'));
      const refused = assert.rejects(client.waitFor('x', { timeoutMs: 60_000 }), {
        code: 'transaction_invalid',
      });
      await advance(100);
      await refused;
      await advance(turnMs);
      expectCurrent();
      network.next('silent');
      const closed = assert.rejects(client.waitFor('2', { timeoutMs: 60_000 }));
      await advance(100);
      client.close();
      await closed;
    }),
  },
  {
    title: 'close aborts the request, sends no other, and nobody is told anything more',
    check: scene({}, async ({ advance, network, publish, client, notified }) => {
      await advance(turnMs);
      network.next('silent');
      await advance(turnMs);
      publish([row(6)]);
      const before = { sent: network.requests.length, told: notified(), held: client.getSnapshot() };
      client.close();
      assert.equal(network.requests.at(-1)?.signal.aborted, true);
      await advance(3_600_000);
      const after = { sent: network.requests.length, told: notified(), held: client.getSnapshot() };
      assert.deepEqual(after, before);
    }),
  },
];
