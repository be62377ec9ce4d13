import { once } from 'node:events';
import { createServer } from 'node:http';
import * as z from 'zod';

/** The calls of SSM's Parameter Store that this project makes: GetParameter. */
const GetParameter = z.object({ Name: z.string(), WithDecryption: z.boolean().optional() });

/** Starts a Parameter Store on 127.0.0.1 with fixed parameters. */
export async function startParameterStore({
  port,
  parameters,
}: {
  port: number;
  parameters: Record<string, string>;
}) {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const reply = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    if (request.headers['x-amz-target'] !== 'AmazonSSM.GetParameter')
      return reply(400, { __type: 'InvalidAction', message: 'Only GetParameter is known here.' });
    const { Name } = GetParameter.parse(JSON.parse(Buffer.concat(chunks).toString()));
    const Value = parameters[Name];
    if (Value === undefined)
      return reply(400, { __type: 'ParameterNotFound', message: `There is no ${Name}.` });
    return reply(200, { Parameter: { Name, Type: 'SecureString', Value, Version: 1 } });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
