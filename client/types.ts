import openapiTypescript, { astToString } from 'openapi-typescript';

/** The types of an OpenAPI document, as `npx openapi-typescript` writes them. */
export async function openApiTypes(document: object): Promise<string> {
  const types = await openapiTypescript(JSON.stringify(document), { silent: true });
  return `/** Of the topics that the tests have. \`npm run api\` writes this file. */\n${astToString(types)}`;
}
