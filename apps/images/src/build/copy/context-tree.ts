import { read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { dataLoss, invalidArgument } from '@arcbox/errors';
import { splitName, type TarEntry } from '@arcbox/tar';
import { type ByteName, joinNames, textOf } from '@arcbox/tar';
import type { Kept } from './spool.ts';
import type { SourceFile, SourceTree, SourceType } from './source-tree.ts';

/** Where the content of a file is, and what it is. */
export interface Stored extends Kept {
  /** The file that holds it, among others; stays the caller's. */
  readonly descriptor: number;
}

/** A file of the context. Names that are hard links of each other share one. */
interface Node {
  entry: TarEntry;
  readonly stored: Stored;
  /** Of a directory: what is in it. */
  readonly children?: Map<ByteName, Node>;
  /** Set once it has a second name. */
  identity?: string;
}

const types: { readonly [type: string]: SourceType } = { '0': 'file', '2': 'link', '5': 'directory' };
const nothing: Stored = { descriptor: -1, offset: 0, digest: '' };
const noAttributes: TarEntry['xattrs'] = new Map();

/** Files that came one after the other, as if they had been written to a directory: what comes later takes the place of what was there. */
export class ContextTree implements SourceTree {
  readonly #root: Node = { entry: impliedDirectory(''), stored: nothing, children: new Map() };
  #linked = 0;

  /** Adds the next entry. INVALID_ARGUMENT when it cannot be where it says. */
  add(entry: TarEntry, stored: Stored = nothing): void {
    if (entry.name === '') return;
    const { directory, base } = splitName(entry.name);
    const children = this.#directory(directory, entry.name);
    const before = children.get(base);
    if (entry.type !== '5' && before?.children?.size) throw broken(`${textOf(entry.name)} is both a directory and something else`);
    if (entry.type === '1') {
      const target = this.#linkTarget(entry);
      if (target !== before) children.set(base, target);
      return;
    }
    const kept = { ...entry, xattrs: entry.xattrs.size > 0 ? entry.xattrs : noAttributes };
    if (entry.type === '5' && before?.children) {
      before.entry = kept;
      return;
    }
    children.set(base, { entry: kept, stored, ...(entry.type === '5' ? { children: new Map() } : {}) });
  }

  typeAt(name: ByteName): SourceType | undefined {
    const node = this.#find(name);
    return node && (types[node.entry.type] ?? 'other');
  }

  linkAt(name: ByteName): ByteName | undefined {
    const entry = this.#find(name)?.entry;
    return entry?.type === '2' ? entry.link : undefined;
  }

  namesIn(name: ByteName): ByteName[] {
    return [...(this.#find(name)?.children?.keys() ?? [])].sort();
  }

  file(name: ByteName, base: ByteName): SourceFile {
    return this.#sourceFile(this.#need(name), base);
  }

  *walk(name: ByteName, leaveOut: (base: string, name: string) => boolean): Generator<SourceFile, void, undefined> {
    yield* this.#walk(this.#need(name), '', leaveOut);
  }

  read(name: ByteName): AsyncIterable<Buffer> {
    const { entry, stored } = this.#need(name);
    return readPieces(stored, entry.size);
  }

  readWhole(name: ByteName, limit: number): Buffer | undefined {
    const { entry, stored } = this.#need(name);
    if (entry.size > limit) return undefined;
    const content = Buffer.alloc(entry.size);
    for (let at = 0; at < content.length;) {
      const got = readSync(stored.descriptor, content, at, content.length - at, stored.offset + at);
      if (got === 0) throw shorter();
      at += got;
    }
    return content;
  }

  *#walk(
    { children }: Node,
    above: ByteName,
    leaveOut: (base: string, name: string) => boolean,
  ): Generator<SourceFile, void, undefined> {
    for (const [base, node] of [...(children ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const name = joinNames(above, base);
      if (leaveOut(base, name)) continue;
      yield this.#sourceFile(node, name);
      yield* this.#walk(node, name, leaveOut);
    }
  }

  #sourceFile({ entry, stored, identity }: Node, name: ByteName): SourceFile {
    return {
      entry: { ...entry, name },
      ...(identity === undefined ? {} : { identity }),
      content: { file: stored.descriptor, start: stored.offset },
      digest: () => stored.digest,
    };
  }

  #find(name: ByteName): Node | undefined {
    let node: Node | undefined = this.#root;
    if (name !== '') for (const part of name.split('/')) node = node?.children?.get(part);
    return node;
  }

  #need(name: ByteName): Node {
    const node = this.#find(name);
    if (!node) throw new Error(`${textOf(name)} is not in the context`);
    return node;
  }

  /** What is in a directory; one that was not told of is made. */
  #directory(name: ByteName, wanting: ByteName): Map<ByteName, Node> {
    let children = this.#root.children as Map<ByteName, Node>;
    let path = '';
    for (const part of name === '' ? [] : name.split('/')) {
      path = joinNames(path, part);
      let node = children.get(part);
      if (!node) children.set(part, (node = { entry: impliedDirectory(path), stored: nothing, children: new Map() }));
      if (!node.children) throw broken(`${textOf(wanting)} is below ${textOf(path)}, which is no directory`);
      children = node.children;
    }
    return children;
  }

  #linkTarget({ name, link }: TarEntry): Node {
    const target = this.#find(link);
    if (!target) throw broken(`${textOf(name)} is a link to ${textOf(link)}, which does not come before it`);
    if (target.children) throw broken(`${textOf(name)} is a hard link to the directory ${textOf(link)}`);
    target.identity ??= String(++this.#linked);
    return target;
  }
}

const readLater = promisify(read);
const pieceSize = 256 * 1024;

/** A stream of the descriptor would close it. */
async function* readPieces({ descriptor, offset }: Stored, size: number): AsyncGenerator<Buffer, void, undefined> {
  const piece = Buffer.allocUnsafeSlow(Math.min(pieceSize, size));
  for (let at = 0; at < size;) {
    const { bytesRead } = await readLater(descriptor, piece, 0, Math.min(piece.length, size - at), offset + at);
    if (bytesRead === 0) throw shorter();
    at += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}

const shorter = (): Error => dataLoss('the build context is shorter than it was');

const broken = (what: string): Error => invalidArgument(`build context: ${what}`);

function impliedDirectory(name: ByteName): TarEntry {
  const mtime = Math.floor(Date.now() / 1000);
  return { name, type: '5', mode: 0o755, uid: 0, gid: 0, size: 0, mtime, link: '', major: 0, minor: 0, xattrs: noAttributes };
}
