import { describe, expect, test } from '@jest/globals';
import { createFakeServer, type FakeReply, type FakeRequest } from '../../client/conformance/fake-server.ts';
import { brokenRules } from '../../client/conformance/rule.ts';
import { toResponse } from '../../client/conformance/scripted-network.ts';
import { type ServerSubject, serverRules } from '../../client/conformance/server-rules.ts';
import { createTopics } from './topics.ts';

type Fault = (reply: FakeReply, request: FakeRequest, again: (url: string) => FakeReply) => FakeReply;

/** A table with small integers and integers beyond 2^53, on a fake server with an optional fault. */
function subject(fault: Fault = (reply) => reply): ServerSubject {
  const server = createFakeServer();
  const topics = createTopics(1);
  for (let turn = 0; turn < 20; turn++) server.publish(topics.change());
  return {
    baseUrl: 'http://fake.test/v1/',
    table: 'topics',
    query: 'search=1',
    change: async () => void server.publish(topics.change()),
    fetch: async (url, { method, headers }) => {
      const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
      const request = { method, url, headers: Object.fromEntries(lower) };
      const again = (other: string) => server.answer({ ...request, url: other });
      return toResponse(fault(server.answer(request), request, again));
    },
  };
}

const isChanges = ({ url }: FakeRequest) => url.includes('/changes/');
const inChanges =
  (edit: (body: string) => string): Fault =>
  (reply, request) =>
    isChanges(request) && reply.status === 200 ? { ...reply, body: edit(reply.body) } : reply;
const withHeader = (reply: FakeReply, name: string, value: string): FakeReply => ({
  ...reply,
  headers: { ...reply.headers, [name]: value },
});
const withoutHeader = (reply: FakeReply, name: string): FakeReply => {
  const { [name]: _, ...headers } = reply.headers;
  return { ...reply, headers };
};
const emptyDifference = '{"version":1,"upserts":[],"deletes":[],"count":0}';

test.each(serverRules)('the fake server keeps: $title', ({ check }) => check(subject()));

describe('the suite notices a server', () => {
  const composes = 'a list and the differences since then make the later list, record for record';
  const queried = 'the differences of a query are those of its results';
  const until = 'an answer with until is of that version, and a cache may keep it for good';
  const codes =
    'a missing or malformed since, and an until that is malformed or before it, are 400 with a code';
  test.each<[fault: string, rule: string, fault: Fault]>([
    [
      'that leaves deletes out',
      composes,
      inChanges((body) => body.replace(/"deletes":\[.*?\]/, '"deletes":[]')),
    ],
    [
      'that leaves an upsert out',
      composes,
      inChanges((body) => body.replace(/"upserts":\[\{.*?\},?/, '"upserts":[')),
    ],
    [
      'that writes deleted keys as strings',
      composes,
      inChanges((body) => body.replace(/"deletes":\[(\d+)/, '"deletes":["$1"')),
    ],
    ['that counts wrongly', composes, inChanges((body) => body.replace(/"count":\d+/, '"count":12345'))],
    [
      'that names a later version',
      composes,
      inChanges((body) => body.replace(/"version":(\d+)/, '"version":1$1')),
    ],
    [
      'that ignores until',
      until,
      (reply, request, again) =>
        isChanges(request)
          ? withHeader(
              again(request.url.replace(/&until=\d+/, '')),
              'cache-control',
              reply.headers['cache-control'] ?? '',
            )
          : reply,
    ],
    [
      'that lets nobody keep an answer with until',
      until,
      (reply, request) =>
        isChanges(request) ? withHeader(reply, 'cache-control', 'public, max-age=0') : reply,
    ],
    [
      'that lets caches keep any difference for good',
      'an answer without until is not immutable',
      (reply) => withHeader(reply, 'cache-control', 'max-age=9, immutable'),
    ],
    [
      'that never answers 304',
      'without a change the difference is empty, and its ETag answers 304',
      (reply, request, again) =>
        request.headers['if-none-match'] ? { ...again(`${request.url}`), status: 200 } : reply,
    ],
    [
      'that has one ETag for ever',
      'the ETag of an empty difference answers 200 after a change',
      (reply, request) =>
        reply.status === 200 && request.headers['if-none-match']
          ? { ...reply, status: 304, body: '' }
          : reply,
    ],
    [
      'that takes a malformed since for zero',
      codes,
      (reply, request) =>
        isChanges(request) && reply.status === 400 ? { ...reply, status: 200, body: emptyDifference } : reply,
    ],
    [
      'that lets caches keep a refusal',
      codes,
      (reply) => (reply.status === 400 ? withoutHeader(reply, 'cache-control') : reply),
    ],
    [
      'that answers what it does not know as empty',
      'a since or until above what is served is 404 version_unknown',
      (reply, request) =>
        isChanges(request) && reply.status === 404 ? { ...reply, status: 200, body: emptyDifference } : reply,
    ],
    [
      'that answers 404 for what has gone',
      'a since that is no longer kept is 410 version_gone',
      (reply) => (reply.status === 410 ? { ...reply, status: 404 } : reply),
    ],
    [
      'that pages a difference',
      'ordering and paging of a difference are 400',
      (reply, request, again) => (isChanges(request) ? again(request.url.replace(/&limit=\d+/, '')) : reply),
    ],
    [
      'that ignores a query of changes',
      queried,
      (reply, request, again) => (isChanges(request) ? again(request.url.replace(/&search=1/, '')) : reply),
    ],
    [
      'that counts the whole list of a query',
      'with count=exact the list of a query tells how many records there are',
      (_reply, request, again) => again(request.url.replace(/&count=exact/, '')),
    ],
    [
      'that does not pin its pages',
      'a walk through pages gives the list of one version, though the table changes meanwhile',
      (reply, request, again) =>
        request.url.includes('version=') ? again(request.url.replace(/&version=\d+/, '')) : reply,
    ],
    [
      'whose HEAD has no count',
      'HEAD of the list tells version, count and ETag without a body',
      (reply, { method }) => (method === 'HEAD' ? withoutHeader(reply, 'total-count') : reply),
    ],
    [
      'that repeats a record',
      'the keys of the list ascend: numbers by value, strings by code points',
      (reply, request) =>
        isChanges(request) ? reply : { ...reply, body: reply.body.replace(/\[(\{.*?\})/, '[$1,$1') },
    ],
  ])('%s', async (_title, rule, fault) => {
    expect(await brokenRules(serverRules, () => subject(fault))).toContain(rule);
  });
});
