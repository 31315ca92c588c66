import { lutimesSync } from 'node:fs';
import { lgetxattr } from '@arcbox/linux';
import { splitName, type TarEntry, type TarItem, type TreeItem, treeItems } from '@arcbox/tar';

export interface LayerOptions {
  /** Seconds since 1970: later mtimes become this. */
  readonly clampTime?: number;
  /** The files get the clamped times too. */
  readonly touch: boolean;
  /** The root of the tree belongs to the layer. */
  readonly withRoot: boolean;
}

/** Names that mark removal: OCI image specification, layer.md, "Whiteouts". */
const whiteoutPrefix = '.wh.';
const opaqueMarker = '.wh..wh..opq';

/**
 * The upper directory of an overlay as the entries of a layer: whiteouts and
 * opaque directories are those of the image specification. Files whose names it
 * reserves are left out.
 */
export function* layerItems(upper: string, options: LayerOptions): Generator<TarItem, void, undefined> {
  const { clampTime, touch, withRoot } = options;
  const leaveOut = (base: string): boolean => base.startsWith(whiteoutPrefix);
  for (const item of treeItems(upper, { clampTime, leaveOut })) {
    if (isWhiteout(item)) {
      yield { entry: marker(whiteoutOf(item.entry.name)) };
      continue;
    }
    const isRoot = item.file.name === '';
    if (touch && clampTime !== undefined) clampFile(item, clampTime);
    if (!isRoot || withRoot) yield item;
    if (!isRoot && isOpaque(item)) yield { entry: marker(`${item.entry.name}/${opaqueMarker}`) };
  }
}

/** Overlayfs links its whiteouts to each other, so the entry may be one of a link. */
const isWhiteout = ({ file: { stat } }: TreeItem): boolean => stat.isCharacterDevice() && stat.rdev === 0n;

/** Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories" */
const isOpaque = ({ entry, file }: TreeItem): boolean =>
  entry.type === '5' && lgetxattr(file.path, 'trusted.overlay.opaque')?.toString() === 'y';

function whiteoutOf(name: string): string {
  const { directory, base } = splitName(name);
  return `${directory === '' ? '' : `${directory}/`}${whiteoutPrefix}${base}`;
}

/** When something was removed does not matter. */
function marker(name: string): TarEntry {
  const numbers = { mode: 0o600, uid: 0, gid: 0, size: 0, mtime: 0, major: 0, minor: 0 };
  return { ...numbers, name, type: '0', link: '', xattrs: new Map() };
}

function clampFile({ file: { path, stat } }: TreeItem, clampTime: number): void {
  const second = 1_000_000_000n;
  if (stat.mtimeNs > BigInt(clampTime) * second) lutimesSync(path, Number(stat.atimeNs) / 1e9, clampTime);
}
