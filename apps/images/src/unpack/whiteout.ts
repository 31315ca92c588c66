import { resourceExhausted } from '@arcbox/errors';
import { type LayerEntry, splitName } from '@arcbox/tar';
import { ImpliedDirectories } from './implied-directories.ts';

/** Names that mark removal: OCI image specification, layer.md, "Whiteouts". */
const whiteoutPrefix = '.wh.';
const metadataPrefix = '.wh..wh.';
const opaqueMarker = '.wh..wh..opq';

/** What overlayfs takes for an opaque directory: Documentation/filesystems/overlayfs.rst. */
const opaque = ['trusted.overlay.opaque', 'y'] as const;

/** Names and attributes of directories that are kept in memory; bytes. */
const maxRemembered = 64 * 1024 * 1024;

/**
 * Turns the whiteouts of the image specification into those of overlayfs: a
 * device 0/0 of the removed name, an attribute on the opaque directory.
 */
export class Whiteouts {
  readonly #directories = new Map<string, LayerEntry>();
  readonly #implied = new ImpliedDirectories((name) => this.#directories.has(name));
  #bytes = 0;

  /** Directories that the layer has files in, and no entry for. */
  get implied(): string[] {
    return this.#implied.names();
  }

  /** The entry to write instead; undefined when there is nothing to write. */
  translate(entry: LayerEntry): LayerEntry | undefined {
    const { directory, base } = splitName(entry.name);
    this.#implied.see(directory);
    if (!base.startsWith(whiteoutPrefix)) {
      // A marker may come any time after its directory; that one is then written again, with the attribute.
      if (entry.type === '5') {
        this.#remember(entry);
        this.#implied.delete(entry.name);
      }
      return entry;
    }
    if (base === opaqueMarker) return this.#makeOpaque(directory, entry);
    if (base.startsWith(metadataPrefix)) return undefined;
    const removed = base.slice(whiteoutPrefix.length);
    if (removed === '' || removed === '.' || removed === '..') return undefined;
    return { ...entry, ...emptyDevice, name: directory === '' ? removed : `${directory}/${removed}` };
  }

  #remember(entry: LayerEntry): void {
    const xattrs = [...entry.xattrs].reduce((sum, [key, value]) => sum + key.length + value.length, 0);
    this.#bytes += entry.name.length + xattrs;
    if (this.#bytes > maxRemembered) throw resourceExhausted('the directories of the layer have too many long names');
    this.#directories.set(entry.name, entry);
  }

  #makeOpaque(name: string, marker: LayerEntry): LayerEntry {
    const known = this.#directories.get(name) ?? {
      ...marker,
      name,
      type: '5',
      mode: 0o755,
      size: 0,
      extents: undefined,
      xattrs: new Map(),
    };
    const entry = { ...known, xattrs: new Map([...known.xattrs, opaque]) };
    // What stands here without an entry of the archive's stays implied.
    this.#directories.set(name, entry);
    return entry;
  }
}

const emptyDevice = { type: '3', mode: 0, major: 0, minor: 0, size: 0, extents: undefined, link: '', xattrs: new Map<string, string>() };
