/** `npm run api`: writes docs/api.md. */
import { writeFile } from 'node:fs/promises';
import { topics } from '../../test/support/tables/topics.ts';
import { apiDocument } from './document.ts';

await writeFile(new URL('../../docs/api.md', import.meta.url), apiDocument([topics]));
