import openapiTypescript, { astToString } from 'openapi-typescript';

/** Generates the types of an OpenAPI document, like `npx openapi-typescript`. */
export async function openApiTypes(document: object): Promise<string> {
  const types = await openapiTypescript(JSON.stringify(document), { silent: true });
  return `/** The API of the tests’ table \`topics\`. \`npm run api\` writes this file. */\n${astToString(types)}`;
}
