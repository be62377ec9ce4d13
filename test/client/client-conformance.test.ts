import { test } from '@jest/globals';
import { clientRules } from '../../client/conformance/client-rules.ts';
import { liveTable } from '../../client/live-table.ts';

test.each(clientRules)('$title', ({ check }) => check({ start: (options) => liveTable(options) }));
