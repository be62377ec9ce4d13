import { findPython } from '../../test/django/python.ts';

const modules = ['fastapi', 'uvicorn', 'uvloop', 'httptools', 'django', 'rest_framework', 'psycopg2'];
const packages = ['fastapi', 'uvicorn', 'uvloop', 'httptools', 'django', 'djangorestframework', 'psycopg2'];

/**
 * A Python that can run the peers. What is missing of Debian's packages is installed, where that is possible.
 *
 * @returns its path
 * @throws Error with one sentence that says what to install
 */
export async function installPeers(): Promise<string> {
  const found = await findPython({
    name: 'FastAPI, uvicorn, Django, Django REST framework and psycopg2',
    packages: packages.map((name) => `python3-${name}`),
    program: `import ${modules.join(', ')}`,
  });
  if ('missing' in found) throw new Error(`The benchmark cannot run: ${found.missing}.`);
  return found.python;
}
