import { findPython } from '../../test/django/python.ts';

/** Modules of Python, and Debian's package of each. */
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
 * A Python that runs the peers. Missing packages of Debian are installed where that is possible.
 * @throws Error with one sentence that says what to install
 */
export const installPeers = () => (found ??= install());

async function install(): Promise<string> {
  const name = 'FastAPI, uvicorn, Django, Django REST framework, django-filter and psycopg2';
  const result = await findPython({ name, packages, program: `import ${Object.keys(modules).join(', ')}` });
  if ('missing' in result) throw new Error(`The benchmark cannot run: ${result.missing}.`);
  return result.python;
}
