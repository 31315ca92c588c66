import { createHash, type Hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { TarEntry } from '@arcbox/tar';
import type { ByteName } from '@arcbox/tar';
import type { CopySource, TreeSource } from './copy-source.ts';
import { FirstNames } from './first-names.ts';
import { selectFiles } from './select-files.ts';

/** Large files that are hashed at a time. */
const atATime = 4;

/** Lines that wait for a large file before them. */
const maxWaiting = 1000;

/** Others have their turn after so many milliseconds. */
const turn = 10;

export interface HashOptions {
  /** Owners are part of what is copied; otherwise root or `--chown` takes their place. */
  readonly keepsOwners: boolean;
}

/**
 * The key of what a source brings: names, types, modes, links, attributes,
 * content. Times are left out: a file that was touched is the same file.
 */
export async function hashSource(source: CopySource, options: HashOptions, signal: AbortSignal): Promise<string> {
  if (source.kind === 'inline') return digestOf('inline', source.base, source.content.toString('latin1'));
  if (source.kind === 'archive') return digestOf('archive', await source.digest());
  if (source.kind === 'tree') return hashTree(source, options, signal);
  const file = source.look();
  const entry = { ...file.entry, ...source.attributes };
  return digestOf('file', describe(entry, options), entry.type === '0' ? await file.digest() : '');
}

async function hashTree(source: TreeSource, options: HashOptions, signal: AbortSignal): Promise<string> {
  const lines = new OrderedLines();
  const firstNames = new FirstNames();
  let turnBegan = performance.now();
  for (const { file, isImplied } of selectFiles(source)) {
    const { entry } = file;
    const first = firstNames.of(file);
    const line = `${isImplied ? 'implied ' : ''}${first === undefined ? '' : `also ${first} `}${describe(entry, options)}`;
    await lines.add(line, entry.type === '0' && first === undefined ? file.digest() : '');
    if (performance.now() - turnBegan < turn) continue;
    await setImmediate();
    signal.throwIfAborted();
    turnBegan = performance.now();
  }
  return digestOf('tree', await lines.digest());
}

/** Hashes lines in the order they come, though what ends them may still be computed. */
class OrderedLines {
  readonly #hash: Hash = createHash('sha256');
  readonly #waiting: { line: string; content: string | Promise<string> }[] = [];
  #computing = 0;

  async add(line: string, content: string | Promise<string>): Promise<void> {
    if (typeof content === 'string' && this.#waiting.length === 0) {
      this.#update(line, content);
      return;
    }
    this.#waiting.push({ line, content });
    if (typeof content !== 'string') {
      this.#computing++;
      // It may fail before its turn comes.
      content.catch(() => {});
    }
    if (this.#computing >= atATime || this.#waiting.length >= maxWaiting) await this.#settle();
  }

  async digest(): Promise<string> {
    await this.#settle();
    return this.#hash.digest('hex');
  }

  async #settle(): Promise<void> {
    for (const { line, content } of this.#waiting.splice(0)) this.#update(line, await content);
    this.#computing = 0;
  }

  #update(line: string, content: string): void {
    this.#hash.update(`${line}\0${content}\0`, 'latin1');
  }
}

function describe(entry: TarEntry, { keepsOwners }: HashOptions): string {
  const owner = keepsOwners ? `${entry.uid}:${entry.gid}` : '';
  const attributes = [...entry.xattrs].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    entry.type,
    entry.name,
    entry.mode,
    owner,
    entry.link,
    `${entry.major}:${entry.minor}`,
    entry.size,
    attributes,
  ]);
}

export function digestOf(kind: string, ...parts: readonly ByteName[]): string {
  const hash = createHash('sha256').update(kind);
  for (const part of parts) hash.update(`\0${part.length}\0`).update(part, 'latin1');
  return hash.digest('hex');
}
