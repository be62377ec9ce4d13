import { findPython } from '../../test/django/python.ts';

const packages = [
  ...['fastapi', 'uvicorn', 'uvloop', 'httptools', 'psycopg2'],
  ...['django', 'djangorestframework', 'django-filters'],
];
const modules = 'fastapi, uvicorn, uvloop, httptools, psycopg2, django, rest_framework, django_filters';

/**
 * Finds a Python that can run the peers. Installs missing Debian packages if possible.
 * @throws Error with one sentence that says what to install
 */
export async function installPeers(): Promise<string> {
  const result = await findPython({
    name: modules,
    packages: packages.map((name) => `python3-${name}`),
    program: `import ${modules}`,
  });
  if ('missing' in result) throw new Error(`The benchmark cannot run: ${result.missing}.`);
  return result.python;
}
