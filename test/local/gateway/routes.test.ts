import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { matchRoute } from '../../../local/gateway/routes.ts';

const routes = (...keys: string[]) => keys.map((key) => ({ key, functionName: 'any' }));
const service = routes(
  '$default',
  'ANY /refresh',
  'ANY /refresh/{proxy+}',
  'GET /',
  'GET /docs',
  'GET /docs/{proxy+}',
  'GET /items/{id}',
  'ANY /items/{id}',
  'GET /items/mine',
  'GET /{any+}',
);

describe('the route of a request', () => {
  test.each([
    ['GET', '/', 'GET /', {}],
    ['HEAD', '/', '$default', {}],
    ['POST', '/refresh', 'ANY /refresh', {}],
    ['POST', '/refresh/', 'ANY /refresh/{proxy+}', { proxy: '' }],
    ['GET', '/refresh/a/b/', 'ANY /refresh/{proxy+}', { proxy: 'a/b/' }],
    ['GET', '/refreshed', 'GET /{any+}', { any: 'refreshed' }],
    ['PUT', '/refreshed', '$default', {}],
    ['GET', '/docs', 'GET /docs', {}],
    ['HEAD', '/docs', '$default', {}],
    ['GET', '/docs/', 'GET /docs/{proxy+}', { proxy: '' }],
    ['GET', '/docs/x.css', 'GET /docs/{proxy+}', { proxy: 'x.css' }],
    ['GET', '/Docs', 'GET /{any+}', { any: 'Docs' }],
    ['GET', '/items/mine', 'GET /items/mine', {}],
    ['GET', '/items/7', 'GET /items/{id}', { id: '7' }],
    ['PUT', '/items/7', 'ANY /items/{id}', { id: '7' }],
    ['GET', '/items/', 'GET /{any+}', { any: 'items/' }],
    ['GET', '/items/7/', 'GET /{any+}', { any: 'items/7/' }],
  ])('%s %s is %s', (method, path, key, pathParameters) => {
    expect(matchRoute(service, method, path)).toEqual({ key, functionName: 'any', pathParameters });
  });

  test('is undefined where there is no $default', () => {
    expect(matchRoute(routes('GET /docs'), 'GET', '/')).toBeUndefined();
  });

  test('does not depend on the order of the routes', () => {
    const requests = fc.record({
      method: fc.constantFrom('GET', 'HEAD', 'POST'),
      path: fc.constantFrom(
        '/',
        '/docs',
        '/docs/',
        '/docs/a/b',
        '/items/1',
        '/items/mine',
        '/refresh/',
        '/x',
      ),
    });
    fc.assert(
      fc.property(fc.shuffledSubarray(service), requests, (some, { method, path }) => {
        const inOrder = service.filter((route) => some.includes(route));
        expect(matchRoute(some, method, path)).toEqual(matchRoute(inOrder, method, path));
      }),
    );
  });
});
