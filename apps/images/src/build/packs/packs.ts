import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { isKind } from '@arcbox/errors';
import type { ImageEngine } from '../../engine.ts';
import { syncDirectory } from '../../store/layout.ts';
import { leaseOfPack } from './clear-packs.ts';
import type { PackDraft } from './pack-draft.ts';
import { PackIndex } from './pack-index.ts';
import { packsByUse, type PackLimits, trimPacks } from './trim-packs.ts';

/** A pack that is open: it can be read to the end, whoever removes it. */
export interface OpenPack {
  readonly id: string;
  readonly index: PackIndex;
  readonly file: FileHandle;
}

/** Packs that are open; disposing closes them. */
export interface OpenPacks extends AsyncDisposable {
  /** Those that were used last come first. */
  readonly packs: readonly OpenPack[];
}

export type PacksEngine = Pick<ImageEngine, 'store' | 'records' | 'layout' | 'content' | 'log'>;

/**
 * Contents of contexts that were sent before, in files with many each. They are
 * cache, shared by all replicas: what goes is sent again.
 */
export class Packs {
  readonly engine: PacksEngine;
  readonly limits: PackLimits;
  /** Of packs that were here when last looked; bounded like what is kept. */
  #indexes = new Map<string, PackIndex>();

  constructor(engine: PacksEngine, limits: PackLimits) {
    this.engine = engine;
    this.limits = limits;
  }

  async open(): Promise<OpenPacks> {
    await using stack = new AsyncDisposableStack();
        const packs: OpenPack[] = [];
    for (const { id } of packsByUse(this.engine)) {
      const file = await openIfThere(this.engine.layout.pack(id));
      if (!file) continue;
      stack.use(file);
      const index = this.#indexes.get(id) ?? (await this.#read(id, file));
      if (index) packs.push({ id, index, file });
    }
    this.#indexes = new Map(packs.map(({ id, index }) => [id, index]));
    const opened = stack.move();
    return { packs, [Symbol.asyncDispose]: () => opened.disposeAsync() };
  }

  /** Remembers that these were of use just now. */
  noteUse(ids: Iterable<string>): void {
    const { store, records } = this.engine;
    const usedAt = Date.now();
    store.transaction(() => {
      for (const id of ids) records.packs.update(id, (pack) => ({ ...pack, usedAt }));
    });
  }

  /** Makes a pack of a draft, and room for it. One that is larger than all that may be kept stays what it is. */
  async keep(draft: PackDraft): Promise<void> {
    const { bytes, count } = draft;
    if (bytes > this.limits.bytes || count > this.limits.contents) return;
    const { store, records, layout } = this.engine;
    const id = randomUUID();
    // Before the file: one without record and lease is a dead process's.
    using lease = store.leases.tryHold(leaseOfPack(id));
    if (!lease) throw new Error(`lease of pack ${id} is taken`);
    await using undo = new AsyncDisposableStack();
    undo.defer(() => rm(layout.pack(id), { force: true }));
    await draft.become(layout.pack(id));
    syncDirectory(layout.contexts);
    records.packs.put({ id, bytes, contents: count, usedAt: Date.now() });
    undo.move();
    await trimPacks(this.engine, this.limits);
  }

  /** Undefined when the pack is broken: then it is forgotten. */
  async #read(id: string, file: FileHandle): Promise<PackIndex | undefined> {
    try {
      return await PackIndex.read(file);
    } catch (error) {
      if (!isKind(error, 'data-loss')) throw error;
      this.engine.log.error({ pack: id, error }, 'contents of build contexts are lost: they will be sent again');
      this.engine.records.packs.delete(id);
      await rm(this.engine.layout.pack(id), { force: true });
      return undefined;
    }
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
