import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf } from '@arcbox/testing';
import { openImageStore } from '../../test/image-store.ts';
import { makeImage } from '../../test/test-image.ts';
import { mountLayers } from './build-root.ts';
import { Workspace } from './workspace.ts';

const nothing = (): never => {
  throw new Error('no container is run here');
};
const containers = { run: nothing, remove: nothing };

describeIf(['root', 'overlay', 'bsdtar'], 'layers that a build reads', () => {
  it('show the attributes that the layer below gave a directory, where the one above has none', async () => {
    await using store = openImageStore();
    const image = makeImage({
      layers: [
        [{ name: './', type: '5', mode: 0o711 }, { name: 'tmp/', type: '5', mode: 0o1777, uid: 5 }, { name: 'both/', type: '5', mode: 0o700 }],
        [{ name: 'tmp/file' }, { name: 'both/', type: '5', mode: 0o750 }, { name: 'both/file' }],
      ],
    });
    for (const [index, blob] of image.layers.entries()) {
      const open = async function* (): AsyncGenerator<Buffer, void, undefined> {
        yield blob.content;
      };
      const { mediaType, digest, content } = blob;
      const source = { blob: { mediaType, digest, size: content.length }, diffId: image.diffIds[index] as string, open };
      await store.engine.layers.obtain(source, () => {}, new AbortController().signal);
    }
    await using workspace = Workspace.open(store.engine, containers);
    const path = workspace.place('mounted');
    using _mounted = mountLayers(store.engine, workspace, image.diffIds, path);
    const attributesOf = (name: string): string => {
      const { mode, uid } = lstatSync(join(path, name));
      return `${(mode & 0o7777).toString(8)} ${uid}`;
    };
    expect(['tmp', 'both', 'tmp/file', '.'].map(attributesOf)).toEqual(['1777 5', '750 0', '644 0', '711 0']);
  });
});
