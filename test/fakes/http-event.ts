import template from '../../events/list.json' with { type: 'json' };

/** An event of API Gateway (payload format 2.0): events/list.json with a test's changes. */
export function httpEvent({
  method = 'GET',
  path = '/topics/',
  routeKey = '$default',
  headers = {},
  query = {},
  rawQueryString = String(new URLSearchParams(query)),
  body,
  isBase64Encoded = false,
}: {
  method?: string;
  path?: string;
  routeKey?: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  rawQueryString?: string;
  body?: string;
  isBase64Encoded?: boolean;
} = {}) {
  const { requestContext } = template;
  return {
    ...template,
    routeKey,
    rawPath: path,
    headers: { ...template.headers, ...headers },
    rawQueryString,
    requestContext: { ...requestContext, routeKey, http: { ...requestContext.http, method, path } },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded,
  };
}
