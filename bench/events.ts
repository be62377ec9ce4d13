import list from '../events/list.json' with { type: 'json' };

/** A GET as an event of an HTTP API. @param path with its query */
export function get(path: string, headers: Record<string, string> = {}) {
  const [rawPath = '', rawQueryString = ''] = path.split('?');
  const { requestContext } = list;
  return {
    ...{ ...list, rawPath, rawQueryString, headers: { ...list.headers, ...headers } },
    requestContext: { ...requestContext, http: { ...requestContext.http, path: rawPath } },
  };
}

export const gzip = { 'accept-encoding': 'gzip' };
/** A change event for the refresh function. */
export { default as change } from '../events/change-webhook.json' with { type: 'json' };
