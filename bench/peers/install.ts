import { findPython } from '../../test/django/python.ts';

const modules = [
  'fastapi',
  'uvicorn',
  'uvloop',
  'httptools',
  'django',
  'rest_framework',
  'django_filters',
  'psycopg2',
];
const packages = [
  ...[
    'fastapi',
    'uvicorn',
    'uvloop',
    'httptools',
    'django',
    'djangorestframework',
    'django-filters',
    'psycopg2',
  ],
].map((name) => `python3-${name}`);

let found: Promise<string> | undefined;

/**
 * A Python that runs the peers. Missing packages of Debian are installed where that is possible.
 * @throws Error with one sentence that says what to install
 */
export const installPeers = () => (found ??= install());

async function install(): Promise<string> {
  const name = 'FastAPI, uvicorn, Django, Django REST framework, django-filter and psycopg2';
  const result = await findPython({ name, packages, program: `import ${modules.join(', ')}` });
  if ('missing' in result) throw new Error(`The benchmark cannot run: ${result.missing}.`);
  return result.python;
}
