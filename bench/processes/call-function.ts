/** Calls a bundled function in its own process: `call-function.ts <bundle>`. */
import { pathToFileURL } from 'node:url';
import { answerLines } from './line-answers.ts';

interface Reply {
  statusCode?: number;
  outcome?: string;
  headers?: Record<string, string>;
  body?: string;
  isBase64Encoded?: boolean;
}

const context = { awsRequestId: 'benchmark', getRemainingTimeInMillis: () => 300_000 };
const { handler } = await import(pathToFileURL(process.argv[2] ?? '').href);

await answerLines(async ({ event, save }) => {
  const reply: Reply = await handler(Object.assign({}, event), context); // a new object per invocation
  const { statusCode, outcome, headers = {}, body = '', isBase64Encoded } = reply;
  const kept =
    save === undefined ? {} : { body: Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8') };
  return { outcome: String(statusCode ?? outcome), headers, ...kept };
});
