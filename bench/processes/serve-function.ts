/** Serves a bundled function by Node's own HTTP server: `serve-function.ts <bundle>`. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { get } from '../events.ts';
import { answerLines } from './line-answers.ts';

const context = { awsRequestId: 'benchmark', getRemainingTimeInMillis: () => 29_000 };
const { handler } = await import(pathToFileURL(process.argv[2] ?? '').href);

const server = createServer(async (request, response) => {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
  const reply = await handler(get(request.url ?? '/', headers), context);
  const body = Buffer.from(reply.body ?? '', reply.isBase64Encoded ? 'base64' : 'utf8');
  response.writeHead(reply.statusCode, reply.headers).end(body);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
await answerLines(async () => ({ outcome: 'listening', headers: { url } }));
