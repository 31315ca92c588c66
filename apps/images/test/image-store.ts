import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { mount, unmount } from '@arcbox/linux';
import { silentLogger } from '@arcbox/log';
import { openStore } from '@arcbox/store';
import { temporaryRoot } from '@arcbox/testing';
import type { Writable } from '../src/capture/capture-layer.ts';
import { Content } from '../src/store/content.ts';
import type { Digest } from '../src/image/digest.ts';
import type { ImageEngine } from '../src/engine.ts';
import { LayerStore } from '../src/store/layer-store.ts';
import { layoutIn, makeDirectories } from '../src/store/layout.ts';
import { makeWritable, overlayOptions } from '../src/roots/prepare.ts';
import { openRecords } from '../src/store/records.ts';
import { defaultLimits } from '../src/unpack/extract.ts';

/** The image store without a worker around it, and roots on it. */
export interface ImageStore extends AsyncDisposable {
  readonly engine: ImageEngine;
  readonly path: string;
  /** Makes a writable root on these layers and mounts it while `work` runs. */
  write(diffIds: readonly Digest[], work: (root: string) => void | Promise<void>): Promise<Writable>;
  /** Mounts these layers read-only while `look` runs. */
  read<T>(diffIds: readonly Digest[], look: (root: string) => T): T;
}

export function openImageStore(): ImageStore {
  const stack = new AsyncDisposableStack();
  const root = stack.use(temporaryRoot());
  const state = root.paths.service('images');
  mkdirSync(state, { recursive: true });
  const store = stack.use(openStore(join(state, 'state.db')));
  const layout = layoutIn(state);
  makeDirectories(layout);
  const records = openRecords(store);
  const content = new Content(layout);
  const stopping = new AbortController().signal;
  const layers = new LayerStore({ store, records, layout, content, stopping, limits: defaultLimits });
  const engine: ImageEngine = { store, records, layout, content, layers, limits: defaultLimits, log: silentLogger, stopping };
  stack.use(layers);
  let count = 0;
  const mounted = (data: string): Disposable & { target: string } => {
    const target = join(root.path, `mnt${++count}`);
    mkdirSync(target);
    mount({ type: 'overlay', source: 'overlay', target, data });
    return { target, [Symbol.dispose]: () => unmount(target) };
  };
  return {
    engine,
    path: root.path,
    async write(diffIds, work) {
      const directory = layout.root(`w${++count}`);
      makeWritable(layout, directory, diffIds.at(-1));
      using overlay = mounted(overlayOptions(layout, records, diffIds, directory).join(','));
      await work(overlay.target);
      return { directory, diffIds };
    },
    read(diffIds, look) {
      using overlay = mounted(overlayOptions(layout, records, diffIds).join(','));
      return look(overlay.target);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
