/** Reads the table and publishes it, by the environment of the functions, and ends. */
import { wireReader } from '../../functions/wiring.ts';

const mostMs = 300_000;

const { refresher } = wireReader('refresh');
const { refresh } = await refresher();
const { outcome } = await refresh({ deadlineMs: Date.now() + mostMs, wait: true, lingerMs: 0 });
if (outcome !== 'published' && outcome !== 'unchanged') throw new Error(`nothing was published: ${outcome}`);
