import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import * as z from 'zod';
import { findRoute } from '../../lib/http/endpoint.ts';
import { openApiDocument } from '../../lib/http/openapi.ts';
import type { Dataset } from '../../lib/tables/define-table.ts';

const Ref = z.object({ $ref: z.string() });
const Parameter = z.object({
  name: z.string(),
  in: z.enum(['query', 'header', 'path']),
  required: z.boolean(),
  schema: z.looseObject({ propertyNames: z.object({ enum: z.array(z.string()) }).optional() }),
});
export type DescribedParameter = z.output<typeof Parameter>;
const Operation = z.object({
  parameters: z.array(Parameter),
  responses: z.record(z.string(), z.union([Ref, z.unknown()])),
});
const Response = z.object({
  headers: z.record(z.string(), Ref).default({}),
  content: z.record(z.string(), z.unknown()).optional(),
});
const Header = z.object({ required: z.boolean(), schema: z.unknown() });
const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), Operation)) });

interface Answer {
  status: number;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  /** Decoded. */
  body: string;
}

/** Headers of HTTP itself, which the document need not describe. */
const ofHttp = [
  ...['content-type', 'content-encoding', 'access-control-allow-origin', 'access-control-expose-headers'],
  ...['date', 'content-length', 'connection', 'keep-alive', 'vary'],
];

/** The value at a JSON pointer, behind any references. */
function resolve(document: unknown, pointer: string): { pointer: string; value: unknown } {
  let value = document;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    value = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  }
  const { data } = Ref.safeParse(value);
  return data === undefined ? { pointer, value } : resolve(document, data.$ref.slice(1));
}

/** The OpenAPI document of tables, and checks of answers against it. */
export function createDescription(tables: Dataset, options: { isPrivate?: boolean } = {}) {
  const document = openApiDocument({ tables, serverUrl: '/', ...options });
  const { paths } = Document.parse(document);
  const at = (pointer: string) => resolve(document, pointer);
  const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false, allErrors: true });
  ajv.addSchema(document, 'openapi');
  const routes = Object.keys(paths).map((path) => ({
    path,
    endpoint: { methods: [], answer: () => Promise.reject(new TypeError('a description')) },
  }));

  function faultsOf(pointer: string, value: unknown): string[] {
    const validate = ajv.getSchema(`openapi#${pointer}`) ?? ajv.compile({ $ref: `openapi#${pointer}` });
    if (validate(value)) return [];
    const text = ({ instancePath, message, params }: ErrorObject) =>
      `${instancePath} ${message} ${JSON.stringify(params)}`;
    return (validate.errors ?? []).map(text);
  }

  /** The described path of a request. */
  const pathOf = (path: string) => {
    const found = findRoute(routes, path);
    return routes.find(({ endpoint }) => endpoint === found?.endpoint)?.path;
  };

  /** The response of an operation, taken apart once; undefined if it is not described. */
  function readResponse(template: string, verb: string, status: number) {
    const { pointer, value } = at(`/paths/${template.replaceAll('/', '~1')}/${verb}/responses/${status}`);
    if (value === undefined) return undefined;
    const { headers, content } = Response.parse(value);
    const described = Object.entries(headers).map(([name, { $ref }]) => {
      const { required, schema } = Header.parse(at($ref.slice(1)).value);
      const isNumber = z.object({ type: z.literal('integer') }).safeParse(schema).success;
      return { name, lower: name.toLowerCase(), required, isNumber, schema: `${$ref.slice(1)}/schema` };
    });
    const schema = content && `${pointer}/content/application~1json/schema`;
    return { headers: described, names: new Set(described.map(({ lower }) => lower)), schema };
  }
  const responses = new Map<string, ReturnType<typeof readResponse>>();
  function responseOf(template: string, verb: string, status: number) {
    const name = `${verb} ${template} ${status}`;
    if (!responses.has(name)) responses.set(name, readResponse(template, verb, status));
    return responses.get(name);
  }

  return {
    document,
    paths,
    /** The differences between an answer and its description; none if it conforms. */
    differences(method: string, path: string, { status, headers, body }: Answer): string[] {
      const template = pathOf(path);
      if (template === undefined) return [`${path} is not described`];
      const response = responseOf(template, method === 'HEAD' ? 'get' : method.toLowerCase(), status);
      if (response === undefined)
        return [`${method} ${template} is not described to answer ${status}: ${body}`];
      const faults: string[] = [];
      for (const { name, lower, required, isNumber, schema } of response.headers) {
        const text = headers[lower];
        if (text === undefined && required) faults.push(`${status} has no ${name}`);
        if (text !== undefined) faults.push(...faultsOf(schema, isNumber ? Number(text) : text));
      }
      const others = Object.keys(headers).filter(
        (name) => !response.names.has(name) && !ofHttp.includes(name),
      );
      faults.push(...others.map((name) => `${status} has ${name}, which is not described`));
      if (response.schema === undefined || method === 'HEAD')
        return body === '' ? faults : [...faults, `${status} has a body`];
      if (headers['content-type'] !== 'application/json') faults.push('it is not application/json');
      const found: unknown = JSON.parse(body);
      return [...faults, ...faultsOf(response.schema, found)];
    },
  };
}
