import { splitName } from './entry-name.ts';
import type { LayerEntry } from './layer-entry.ts';

/** Names that mark removal: OCI image specification, layer.md, "Whiteouts". */
const whiteoutPrefix = '.wh.';
const metadataPrefix = '.wh..wh.';
const opaqueMarker = '.wh..wh..opq';

/** What overlayfs takes for an opaque directory: Documentation/filesystems/overlayfs.rst. */
const opaque = ['trusted.overlay.opaque', 'y'] as const;

/**
 * Turns the whiteouts of the image specification into those of overlayfs: a
 * device 0/0 of the removed name, an attribute on the opaque directory.
 */
export class Whiteouts {
  readonly #directories = new Map<string, LayerEntry>();

  /** The entry to write instead; undefined when there is nothing to write. */
  translate(entry: LayerEntry): LayerEntry | undefined {
    const { directory, base } = splitName(entry.name);
    if (!base.startsWith(whiteoutPrefix)) {
      // A marker may come any time after its directory; that one is then written again, with the attribute.
      if (entry.type === '5') this.#directories.set(entry.name, entry);
      return entry;
    }
    if (base === opaqueMarker) return this.#makeOpaque(directory, entry);
    if (base.startsWith(metadataPrefix)) return undefined;
    const removed = base.slice(whiteoutPrefix.length);
    if (removed === '' || removed === '.' || removed === '..') return undefined;
    return { ...entry, ...emptyDevice, name: directory === '' ? removed : `${directory}/${removed}` };
  }

  #makeOpaque(name: string, marker: LayerEntry): LayerEntry {
    const known = this.#directories.get(name) ?? {
      ...marker,
      name,
      type: '5',
      mode: 0o755,
      size: 0,
      xattrs: new Map(),
    };
    const entry = { ...known, xattrs: new Map([...known.xattrs, opaque]) };
    this.#directories.set(name, entry);
    return entry;
  }
}

const emptyDevice = { type: '3', mode: 0, major: 0, minor: 0, size: 0, link: '', xattrs: new Map<string, string>() };
