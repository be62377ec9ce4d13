import type { WholeRequest } from '../serve.ts';
import type { Match } from './routes.ts';

/** Connection headers, and headers that the event has in other members. */
const notPassedOn = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'te',
  'upgrade',
  'expect',
  'cookie',
]);

/** The path as an HTTP API passes it on: percent-decoded once, and cut at a decoded `?`. */
export function rawPathOf(url: string) {
  const [encoded = ''] = url.replace(/^https?:\/\/[^/?]*/i, '').split('?');
  const [path = ''] = percentDecoded(encoded).split('?');
  return path.startsWith('/') ? path : `/${path}`;
}

/** The event of a request, in API Gateway's payload format 2.0. */
export function httpEvent(
  request: WholeRequest,
  { key, pathParameters }: Match,
  { nowMs, requestId, port }: { nowMs: number; requestId: string; port: number },
) {
  const { method, url, body, remoteAddress } = request;
  const rawPath = rawPathOf(url);
  const rawQueryString = url.includes('?') ? utf8(url.slice(url.indexOf('?') + 1)) : '';
  const query = joined([...new URLSearchParams(rawQueryString)]);
  const sent = joined(namedHeaders(request.rawHeaders));
  const { cookie } = sent;
  const headers = Object.fromEntries(
    Object.entries({
      ...sent,
      'content-length': String(body.length),
      'x-amzn-trace-id': sent['x-amzn-trace-id'] ?? traceId(nowMs, requestId),
      'x-forwarded-for': [sent['x-forwarded-for'], remoteAddress].filter(Boolean).join(', '),
      'x-forwarded-port': String(port),
      'x-forwarded-proto': 'http',
    }).filter(([name]) => !notPassedOn.has(name)),
  );
  const domainName = headers['host'] ?? '';
  const isText = isTextual(headers['content-type'], headers['content-encoding']);
  return {
    version: '2.0',
    routeKey: key,
    rawPath,
    rawQueryString,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/[;,]\s*/) }),
    headers,
    ...(Object.keys(query).length === 0 ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName,
      domainPrefix: domainName.split(/[.:]/, 1)[0],
      http: {
        method,
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: remoteAddress,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey: key,
      stage: '$default',
      time: logTime(nowMs),
      timeEpoch: nowMs,
    },
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** Whether an HTTP API passes the body on as text. Forms, and bodies without a content type, become Base64. */
const isTextual = (type = '', coding: string | undefined) =>
  coding === undefined && /^(text\/|application\/(json|xml|javascript)\s*(;|$))/i.test(type);

const utf8 = (latin1: string) => Buffer.from(latin1, 'latin1').toString('utf8');

const percentDecoded = (text: string) =>
  utf8(text.replace(/%([\da-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))));

const namedHeaders = (raw: readonly string[]) =>
  raw.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), raw[at + 1] ?? ''] as const] : []));

/** Repeated headers are joined with commas. */
function joined(pairs: readonly (readonly [string, string])[]) {
  const values = new Map<string, string>();
  for (const [name, value] of pairs) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(values);
}

const traceId = (nowMs: number, requestId: string) =>
  `Root=1-${Math.floor(nowMs / 1000).toString(16)}-${requestId.replaceAll('-', '').slice(0, 24)}`;

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `12/Mar/2020:19:03:58 +0000` */
function logTime(nowMs: number) {
  const [, year, month, day, time] = /^(\d+)-(\d+)-(\d+)T([\d:]+)/.exec(new Date(nowMs).toISOString()) ?? [];
  return `${day}/${months[Number(month) - 1]}/${year}:${time} +0000`;
}
