import type { Dataset } from '../tables/define-table.ts';
import type { EndpointDescription } from './endpoint.ts';
import { readCodes } from './table-descriptions.ts';

export const refreshDescription = (tables: Dataset): EndpointDescription => ({
  summary: 'Reads the tables and publishes them',
  parameters: [
    {
      name: 'table',
      in: 'query',
      description: 'The table whose list the answer contains.',
      schema: { type: 'string', enum: tables.map(({ name }) => name), default: tables[0].name },
    },
    {
      name: 'Prefer',
      in: 'header',
      description: '`return=minimal`: the answer is 204, without the list.',
      schema: { type: 'string', examples: ['return=minimal'] },
    },
  ],
  answers: 'refresh',
  codes: [
    ...['unauthorized', 'token_unavailable', 'token_misconfigured'],
    ...['parameter_unknown', 'table_unknown', 'publication_held'],
    ...['body_not_json', 'body_not_utf8', 'body_too_large', 'content_type_unsupported'],
    ...['content_coding_unsupported', 'event_unknown', 'event_unsupported', ...readCodes],
  ],
});
