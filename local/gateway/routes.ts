/** A route of an HTTP API, and its function. */
export interface Route {
  /** `GET /docs/{proxy+}`, `ANY /refresh` or `$default`. */
  key: string;
  functionName: string;
}

export interface Match extends Route {
  pathParameters: Record<string, string>;
}

/**
 * Selects the route of a request as API Gateway does: a full match, then the longest greedy match, then `$default`; for
 * the same path, the route that names the method.
 */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match | undefined {
  const matches = routes.flatMap((route) => {
    const pathParameters = parametersOf(route.key, method, path);
    return pathParameters === undefined ? [] : [{ ...route, pathParameters }];
  });
  return matches.sort((one, other) => (rankOf(one.key) < rankOf(other.key) ? -1 : 1))[0];
}

/** @returns undefined if the route does not match */
function parametersOf(key: string, method: string, path: string): Record<string, string> | undefined {
  if (key === '$default') return {};
  const [routeMethod, routePath = ''] = key.split(' ');
  if (routeMethod !== 'ANY' && routeMethod !== method) return undefined;
  const wanted = routePath.split('/');
  const given = path.split('/');
  const parameters: Record<string, string> = {};
  for (const [at, segment] of wanted.entries()) {
    const value = given[at];
    if (value === undefined) return undefined;
    const { name, greedy } = /^\{(?<name>[^}+]+)(?<greedy>\+?)\}$/.exec(segment)?.groups ?? {};
    if (name === undefined) {
      if (segment !== value) return undefined;
    } else if (greedy === '+') {
      return { ...parameters, [name]: given.slice(at).join('/') };
    } else {
      if (value === '') return undefined;
      parameters[name] = value;
    }
  }
  return wanted.length === given.length ? parameters : undefined;
}

/** The rank of a route; the lowest one wins. */
function rankOf(key: string) {
  if (key === '$default') return '3';
  const [method, path = ''] = key.split(' ');
  const segments = path
    .split('/')
    .map((segment) => (segment.endsWith('+}') ? 2 : segment.endsWith('}') ? 1 : 0));
  return `${segments.join('')}${method === 'ANY' ? 1 : 0}`;
}
