import { defineDataset } from '../../../lib/tables/define-table.ts';
import { topics } from './topics.ts';

/** The dataset of the functions under test, independent of `tables/`. */
export const tables = defineDataset([topics]);
