/** Serves a bundled function by Node's own HTTP server: `serve-function.ts <bundle>`. */
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { listen } from '../../local/serve.ts';
import { get } from '../events.ts';
import { answerLines } from './line-answers.ts';

const context = { awsRequestId: 'benchmark', getRemainingTimeInMillis: () => 29_000 };
const { handler } = await import(pathToFileURL(process.argv[2] ?? '').href);

const server = createServer(async (request, response) => {
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  const reply = await handler(get(request.url ?? '/', Object.fromEntries(headers)), context);
  const body = Buffer.from(reply.body ?? '', reply.isBase64Encoded ? 'base64' : 'utf8');
  response.writeHead(reply.statusCode, reply.headers).end(body);
});
const url = `http://127.0.0.1:${await listen(server, 0)}/`;
await answerLines(async () => ({ outcome: 'listening', headers: { url } }));
