import { findPython } from '../../test/django/python.ts';

/** Python modules, with their Debian packages. */
const modules = {
  ...{
    fastapi: 'fastapi',
    uvicorn: 'uvicorn',
    uvloop: 'uvloop',
    httptools: 'httptools',
    psycopg2: 'psycopg2',
  },
  ...{ django: 'django', rest_framework: 'djangorestframework', django_filters: 'django-filters' },
};
const packages = Object.values(modules).map((name) => `python3-${name}`);

let found: Promise<string> | undefined;

/**
 * Finds a Python that can run the peers. Installs missing Debian packages if possible.
 * @throws Error with one sentence that says what to install
 */
export const installPeers = () => (found ??= install());

async function install(): Promise<string> {
  const name = 'FastAPI, uvicorn, Django, Django REST framework, django-filter and psycopg2';
  const result = await findPython({ name, packages, program: `import ${Object.keys(modules).join(', ')}` });
  if ('missing' in result) throw new Error(`The benchmark cannot run: ${result.missing}.`);
  return result.python;
}
