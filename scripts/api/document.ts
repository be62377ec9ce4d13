import * as z from 'zod';
import { openApiDocument } from '../../lib/http/openapi.ts';
import type { Dataset } from '../../lib/tables/define-table.ts';

const Schema = z.looseObject({});
const Value = z.object({
  type: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  anyOf: z.array(Schema).optional(),
  items: Schema.optional(),
  propertyNames: z.object({ enum: z.array(z.string()) }).optional(),
  ...{ minimum: z.number().optional(), maximum: z.number().optional(), pattern: z.string().optional() },
  ...{
    default: z.unknown().optional(),
    maxItems: z.number().optional(),
    maxProperties: z.number().optional(),
  },
});
const Ref = z.object({ $ref: z.string() });
const Operation = z.object({
  summary: z.string(),
  parameters: z.array(
    z.object({
      ...{ name: z.string(), in: z.string(), description: z.string(), required: z.boolean() },
      schema: Schema,
    }),
  ),
  responses: z.record(z.string(), z.union([Ref, z.looseObject({ description: z.string() })])),
});
const Document = z.object({
  info: z.object({ description: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({
    schemas: z.record(z.string(), Schema),
    responses: z.record(z.string(), z.object({ description: z.string() })),
    headers: z.record(z.string(), z.object({ description: z.string() })),
  }),
});

/** Describes the API in Markdown: every path, parameter, answer, code and header. */
export function apiDocument(tables: Dataset): string {
  const { info, paths, components } = Document.parse(openApiDocument({ tables, serverUrl: '/' }));
  const described = (response: z.output<typeof Operation>['responses'][string]) => {
    const reference = Ref.safeParse(response).data;
    if (reference === undefined) return z.object({ description: z.string() }).parse(response).description;
    return components.responses[reference.$ref.split('/').at(-1) ?? '']?.description ?? '';
  };
  const sections = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { summary, parameters, responses }]) =>
      [
        `## \`${method.toUpperCase()} ${path}\``,
        `${summary}.`,
        table(
          ['Parameter', 'In', 'Value', ''],
          parameters.map(({ name, in: place, schema, description, required }) => [
            `\`${name}\`${required ? ', required' : ''}`,
            place,
            valueText(schema),
            description,
          ]),
        ),
        table(
          ['Status', 'Answer'],
          Object.entries(responses).map(([status, response]) => [
            status,
            described(response).replaceAll('\n\n', '<br>'),
          ]),
        ),
      ].join('\n\n'),
    ),
  );
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) => `### ${name}\n\n\`\`\`json\n${JSON.stringify(schema, undefined, 2)}\n\`\`\``,
  );
  const headers = Object.entries(components.headers).map(([name, { description }]) => [
    `\`${name}\``,
    description,
  ]);
  return `${[
    '# The API',
    `This page describes the API of the tests’ table \`${tables[0].name}\`. \`/openapi.json\` and \`/docs/\` of a deployment describe its own tables. \`npm run api\` writes this file.`,
    info.description,
    ...sections,
    '## Headers of answers',
    table(['Header', ''], headers),
    '## Schemas',
    ...schemas,
  ].join('\n\n')}\n`;
}

/** The possible values. For filters, the names without negation. */
function valueText(schema: z.output<typeof Schema>): string {
  const { type, enum: values, const: only, anyOf, items, propertyNames } = Value.parse(schema);
  const { minimum, maximum, pattern, default: usual, maxItems, maxProperties } = Value.parse(schema);
  const codes = (names: readonly unknown[]) => names.map((one) => `\`${one}\``).join(', ');
  if (anyOf !== undefined) return anyOf.map(valueText).join(', or ');
  if (only !== undefined) return codes([only]);
  if (items !== undefined)
    return `${maxItems === undefined ? '' : `up to ${maxItems} `}of ${valueText(items)}`;
  if (propertyNames !== undefined)
    return `up to ${maxProperties} of ${codes(propertyNames.enum.filter((name) => !name.endsWith('!')))}`;
  const kind = values === undefined ? String(type) : codes(values);
  const range =
    minimum === undefined
      ? ''
      : maximum === undefined
        ? ` from ${minimum}`
        : ` from ${minimum} to ${maximum}`;
  const like = pattern === undefined ? '' : ` like \`${pattern}\``;
  return `${kind}${range}${like}${usual === undefined ? '' : `; default ${usual}`}`;
}

const table = (header: readonly string[], rows: readonly (readonly string[])[]) =>
  [header, header.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
