import { defineDataset } from '../lib/tables/define-table.ts';
import { topics } from './topics.ts';

/** The tables of this deployment, published together. `/refresh/` answers the list of the first. */
export const tables = defineDataset([topics]);
