import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The files in which a host tells about itself, /proc and /sys above all. */
export class HostTree {
  readonly #root: string;

  /** `root`: where they are below; tests make some up. */
  constructor(root = '/') {
    this.#root = root;
  }

  /** The text of a file, trimmed and unpacked; undefined when it is not there or not for us. */
  text(path: string): string | undefined {
    try {
      const bytes = readFileSync(join(this.#root, path));
      return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().trim();
    } catch {
      return undefined;
    }
  }

  /** The number that is all of a file; undefined as with `text`, or when it is none. */
  number(path: string): number | undefined {
    const text = this.text(path);
    return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
  }

  exists(path: string): boolean {
    return statSync(join(this.#root, path), { throwIfNoEntry: false }) !== undefined;
  }

  /** Names in a directory; none when it is not there or not for us. */
  names(path: string): string[] {
    try {
      return readdirSync(join(this.#root, path));
    } catch {
      return [];
    }
  }
}
