import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf } from '@arcbox/testing';
import { type CapturedLayer, captureLayer } from '../src/capture/capture-layer.ts';
import { collectGarbage } from '../src/store/garbage.ts';
import { makeImage, type NewImage } from '../src/roots/make-image.ts';
import { markLayout } from '../src/store/oci-layout.ts';
import { Pin } from '../src/store/pins.ts';
import type { ImageRecord } from '../src/store/records.ts';
import { parseReference } from '@arcbox/reference';
import { type ImageStore, openImageStore } from './image-store.ts';
import { readTree } from './tree.ts';

const never = new AbortController().signal;
const config = { created: '2024-05-01T10:00:00Z', architecture: 'amd64', os: 'linux', config: { Labels: { a: 'b' } } };

async function layer(store: ImageStore, pin: Pin, content: string): Promise<CapturedLayer> {
  const root = await store.write([], (path) => writeFileSync(join(path, content), content));
  const captured = await captureLayer(store.engine, root, { take: true, pin, clampTime: 1_700_000_000 }, never);
  if (!captured) throw new Error('nothing was captured');
  return captured;
}

const make = ({ engine }: ImageStore, pin: Pin, image: Partial<NewImage>): Promise<ImageRecord> =>
  makeImage(engine, { config, layers: [], names: [], pin, ...image }, never);

const eventsOf = ({ engine }: ImageStore): string[] =>
  engine.store.db.prepare('SELECT event FROM outbox ORDER BY seq').all().map(({ event }) => {
    const { action, actor } = JSON.parse(String(event)) as { action: string; actor: { attributes: { name: string } } };
    return `${action} ${actor.attributes.name}`;
  });

describeIf(['root', 'overlay', 'bsdtar'], 'an image that is made', () => {
  it('is the same for the same input, and what its base is and more', async () => {
    await using store = openImageStore();
    using pin = Pin.hold(store.engine.store, store.engine.records);
    const [one, two] = [await layer(store, pin, 'one'), await layer(store, pin, 'three')];
    const base = await make(store, pin, { layers: [one] });
    const image = await make(store, pin, { base, layers: [two], names: ['made:1', 'also:2'].map(parseReference), parent: base.id, event: 'build' });
    expect(await make(store, pin, { base, layers: [two] })).toEqual(image);
    expect(image).toMatchObject({ diffIds: [one.diffId, two.diffId], size: 8, parent: base.id, labels: { a: 'b' } });
    expect(image.blobs).toEqual([one.blob.digest, two.blob.digest]);
    expect(store.engine.records.names.all().map(({ id, image: of }) => [id, of])).toEqual([
      ['docker.io/library/made:1', image.id],
      ['docker.io/library/also:2', image.id],
    ]);
    expect(eventsOf(store)).toEqual(['tag made:1', 'tag also:2', 'build made:1']);
    pin[Symbol.dispose]();
    await collectGarbage(store.engine, { blobs: [], diffIds: image.diffIds });
    expect(Object.keys(store.read(image.diffIds, readTree))).toEqual(['', '/one', '/three']);
  });

  it('has the media types of OCI, whatever its base has', async () => {
    await using store = openImageStore();
    using pin = Pin.hold(store.engine.store, store.engine.records);
    const one = await layer(store, pin, 'one');
    const docker = { ...one, blob: { ...one.blob, mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' } };
    const base = await make(store, pin, { layers: [docker] });
    const { manifest } = await make(store, pin, { base, config: { ...config, author: 'somebody else' } });
    expect(JSON.parse(store.engine.content.read(manifest.digest).toString())).toMatchObject({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json' },
      layers: [one.blob],
    });
  });

  it('is not made of what is gone', async () => {
    await using store = openImageStore();
    using pin = Pin.hold(store.engine.store, store.engine.records);
    const one = await layer(store, pin, 'one');
    store.engine.records.layers.delete(one.diffId);
    await expect(make(store, pin, { layers: [one], names: [parseReference('made:1')] })).rejects.toThrow(`layer ${one.diffId} is missing`);
    expect(store.engine.records.images.all()).toEqual([]);
    expect(store.engine.records.names.all()).toEqual([]);
  });
});

describeIf(['root', 'overlay', 'bsdtar', 'skopeo', 'umoci'], 'an image that is made', () => {
  it('is unpacked by others to the same files', async () => {
    await using store = openImageStore();
    const { engine, path } = store;
    using pin = Pin.hold(engine.store, engine.records);
    const below = await layer(store, pin, 'removed');
    const root = await store.write([below.diffId], (at) => {
      rmSync(join(at, 'removed'));
      mkdirSync(join(at, 'd'), { mode: 0o1777 });
      writeFileSync(join(at, 'd', 'n'.repeat(200)), 'x', { mode: 0o4755 });
      writeFileSync(join(at, 'd/é'), 'x');
      execFileSync('ln', [join(at, 'd/é'), join(at, 'hard')]);
      execFileSync('mknod', [join(at, 'null'), 'c', '1', '3']);
      execFileSync('ln', ['-s', '../x', join(at, 'link')]);
    });
    const above = await captureLayer(engine, root, { take: false, pin }, never);
    if (!above) throw new Error('nothing was captured');
    const image = await make(store, pin, { layers: [below, above], names: [parseReference('localhost/made:1')] });
    markLayout(engine.layout);
    execFileSync('skopeo', ['copy', '-q', `oci:${engine.layout.oci}:localhost/made:1`, `oci:${path}/copy:made`], { stdio: 'pipe' });
    execFileSync('umoci', ['unpack', '--image', `${path}/copy:made`, `${path}/bundle`], { stdio: 'pipe' });
    expect(readTree(`${path}/bundle/rootfs`)).toEqual(store.read(image.diffIds, readTree));
  });
});
