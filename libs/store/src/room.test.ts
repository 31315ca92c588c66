import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mount, unmount } from '@arcbox/linux';
import { describeIf } from '@arcbox/testing';
import { openStore, type StoreOptions } from './index.ts';

interface Thing {
  readonly id: string;
  readonly state: string;
}

/** Writes until nothing more fits. */
function fill(directory: string): void {
  const file = openSync(join(directory, 'filler'), 'w');
  try {
    for (let size = 2 ** 20; size >= 1; size = Math.floor(size / 2)) while (writes(file, size));
  } finally {
    closeSync(file);
  }
}

function writes(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size)) === size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    return false;
  }
}

/** A thousand things are made on a small file system; once that is full, they change, with an event each, and go. */
function endAll(options?: StoreOptions): void {
  const directory = mkdtempSync(join(tmpdir(), 'room-'));
  mount({ type: 'tmpfs', source: 'small', target: directory, flags: 0, data: 'size=32m' });
  try {
    const file = join(directory, 'state.db');
    openStore(file, options)[Symbol.dispose]();
    using store = openStore(file, options);
    const things = store.collection<Thing>('things');
    const names = Array.from({ length: 1000 }, (_, i) => String(i));
    store.transaction(() => names.forEach((id) => things.put({ id, state: 'up' })));
    fill(directory);
    for (const id of names) {
      using _lease = store.leases.tryHold(`thing/${id}`);
      store.transaction(() => {
        things.put({ id, state: 'down' });
        store.outbox.append({ type: 'thing', action: 'die', actor: { id, attributes: { text: 'x'.repeat(300) } } });
      });
      things.delete(id);
    }
    expect(things.count()).toBe(0);
  } finally {
    unmount(directory);
    rmSync(directory, { recursive: true });
  }
}

describeIf(['root'], 'a store on a full disk', () => {
  it('writes down what ends and goes', () => {
    endAll({ keepRoom: true });
  });

  it('cannot without room of its own', () => {
    expect(() => endAll()).toThrow(/full/);
  });
});
