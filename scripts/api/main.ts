import { writeFile } from 'node:fs/promises';
import { topics } from '../../test/support/tables/topics.ts';
import { startCommand } from '../start-command.ts';
import { apiDocument } from './document.ts';

startCommand('Usage: npm run api\n\nWrites docs/api.md.');
await writeFile(new URL('../../docs/api.md', import.meta.url), apiDocument([topics]));
