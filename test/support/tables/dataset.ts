import { defineDataset } from '../../../lib/tables/define-table.ts';
import { topics } from './topics.ts';

/** What the functions under test serve, whatever is in `tables/`. */
export const tables = defineDataset([topics]);
