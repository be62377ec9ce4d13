import * as z from 'zod';
import { serve } from './serve.ts';

/** GetParameter is the only operation of the Parameter Store that this project calls. */
const GetParameter = z.object({ Name: z.string(), WithDecryption: z.boolean().optional() });

/** Starts a Parameter Store on 127.0.0.1 with fixed parameters. @param port 0 takes a free one */
export function startParameterStore({
  port,
  parameters,
}: {
  port: number;
  parameters: Record<string, string>;
}) {
  function answer(target: unknown, body: Buffer): [status: number, body: object] {
    if (target !== 'AmazonSSM.GetParameter')
      return [
        400,
        { __type: 'InvalidAction', message: 'The local Parameter Store supports GetParameter only.' },
      ];
    const name = nameIn(body);
    if (name === undefined) return [400, { __type: 'SerializationException', message: 'Name is missing.' }];
    const Value = parameters[name];
    if (Value === undefined)
      return [400, { __type: 'ParameterNotFound', message: `The parameter ${name} does not exist.` }];
    return [200, { Parameter: { Name: name, Type: 'SecureString', Value, Version: 1 } }];
  }
  return serve(port, { maxRequestBytes: 1024 * 1024 }, ({ headers, body }, response) => {
    const [status, answered] = answer(headers['x-amz-target'], body);
    response
      .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify(answered));
  });
}

function nameIn(body: Buffer) {
  try {
    return GetParameter.safeParse(JSON.parse(body.toString())).data?.Name;
  } catch {
    return undefined; // not JSON
  }
}
