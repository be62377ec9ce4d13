import { entryOf } from '../snapshots/forms.ts';
import type { RefreshState } from '../stores/requests.ts';
import type { Answered } from './refreshed.ts';
import { readOrCreatePointer } from './replace-pointer.ts';
import type { ServeDeps } from './session.ts';
import { tablesIn } from './tables-in.ts';

type Deps = Pick<ServeDeps, 'pointers' | 'blobs' | 'source' | 'newId'>;

/** Answers with the current pointer: its tables were read after the served request arrived. */
export async function coalesced(
  { pointers, blobs, source, newId }: Deps,
  state: RefreshState | undefined,
): Promise<Answered> {
  const pointer = await readOrCreatePointer(pointers, newId);
  const tables = await tablesIn(blobs, pointer);
  const held = source.tables
    .filter(({ name, form }) => entryOf(tables[name], form)?.held !== undefined)
    .map(({ name }) => name);
  const pending = [...(state?.pending.keys() ?? [])];
  const nothing = { leftOut: new Map(), unknownColumns: new Map() };
  return { outcome: 'coalesced', pointer, pending, held, ...nothing };
}
