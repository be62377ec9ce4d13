import { encodeRoot, type TextBlob } from '../snapshots/manifest-segment.ts';
import { manifestBytes, packLevel, packManifest } from '../snapshots/pack-manifest.ts';
import type { Pointer, TableState, Tables } from '../snapshots/pointer.ts';

/** The bound of a pointer as JSON. With its other attributes the item stays below 4 KB, which is one read unit. */
export const defaultPointerBytes = 3 * 1024;
/** The bound for a manifest in a root blob, which is always read whole. */
const rootManifestBytes = 1024;

/**
 * Fits a pointer into its bound. The largest manifests move into segments; if that is not enough, all tables move into a
 * root blob.
 * @returns the pointer, and the blobs to store before it is published
 */
export function fitPointer(
  pointer: Pointer,
  pointerBytes = defaultPointerBytes,
): { pointer: Pointer; blobs: TextBlob[] } {
  const blobs: TextBlob[] = [];
  let { tables } = pointer;
  const fits = () => sizeOf({ ...pointer, tables }) <= pointerBytes;
  const canFit = sizeOf({ ...pointer, tables: mapStates(tables, withoutRefs) }) <= pointerBytes;
  while (canFit && !fits()) {
    const largest = largestOf(tables);
    if (largest === undefined) break; // every manifest has one ref
    const { manifest, segments } = packLevel(largest);
    blobs.push(...segments);
    tables = mapStates(tables, (state) => (state.manifest === largest ? { ...state, manifest } : state));
  }
  if (fits()) return { pointer: { ...pointer, tables }, blobs };

  tables = mapStates(tables, (state) => {
    const { manifest, segments } = packManifest(state.manifest, rootManifestBytes);
    blobs.push(...segments);
    return { ...state, manifest };
  });
  const root = encodeRoot(tables);
  return { pointer: { ...pointer, tables: {}, root: root.hash }, blobs: [...blobs, root] };
}

const sizeOf = (pointer: Pointer) => Buffer.byteLength(JSON.stringify(pointer));

const withoutRefs = <State extends TableState>(state: State): State => ({
  ...state,
  manifest: { level: 0, refs: [] },
});

/** Every state of every table: each form, and its held state. */
function mapStates(tables: Tables, change: <State extends TableState>(state: State) => State): Tables {
  const entries = Object.entries(tables).map(([name, forms]): [string, Tables[string]] => [
    name,
    forms.map((entry) => {
      const changed = change(entry);
      return changed.held === undefined ? changed : { ...changed, held: change(changed.held) };
    }),
  ]);
  return Object.fromEntries(entries);
}

/** The largest manifest that can still be packed. */
const largestOf = (tables: Tables) =>
  Object.values(tables)
    .flat()
    .flatMap(({ manifest, held }) => (held === undefined ? [manifest] : [manifest, held.manifest]))
    .filter(({ refs }) => refs.length > 1)
    .map((manifest) => ({ manifest, bytes: manifestBytes(manifest) }))
    .sort((a, b) => b.bytes - a.bytes)[0]?.manifest;
