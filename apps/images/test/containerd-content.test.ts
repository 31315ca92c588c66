import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { IntrospectionDefinition } from '@arcbox/proto/containerd/services/introspection/v1/introspection';
import { VersionDefinition } from '@arcbox/proto/containerd/services/version/v1/version';
import { describeIf } from '@arcbox/testing';
import { createChannel, createClient } from 'nice-grpc';
import { absent, onWire, outcomeOf, within } from './containerd.ts';
import { type ContainerdEngine, expectNoProblems, leftovers, load, presenceOf, startContainerdEngine } from './containerd-engine.ts';
import { describeBlob, makeImage, type TestImage } from './test-image.ts';

const expiry = 'containerd.io/gc.expire';
const flat = 'containerd.io/gc.flat';
const makeApp = (content: Buffer | string): TestImage => makeImage({ layers: [[{ name: 'file', content }], [{ name: 'b', content: 'b' }]] });
const held = (digest: string) => ({ id: digest, type: 'content' });

describeIf(['root', 'bsdtar'], "containerd's content and leases", () => {
  let engine: ContainerdEngine;
  beforeAll(async () => void (engine = await startContainerdEngine()));
  afterAll(() => engine[Symbol.asyncDispose]());
  afterEach(() => expectNoProblems(engine));

  const name = 'docker.io/library/app:1';
  const removeImage = () => engine.containerd.images.delete({ name, sync: true });
  /** A worker that starts looks for garbage. */
  const sweep = async (replica: string): Promise<void> => (await engine.start(replica))[Symbol.asyncDispose]();

  it('tell what is here, of layers also what they are unpacked', async () => {
    const app = makeApp('12345');
    await load(engine, app, name);
    const { content } = engine.containerd;
    const [layer] = app.layers;
    const { info } = await content.info({ digest: layer?.digest });
    expect(info).toEqual({
      digest: layer?.digest,
      size: BigInt(layer?.content.length ?? 0),
      labels: { 'containerd.io/uncompressed': app.diffIds[0] },
      createdAt: expect.anything(),
      updatedAt: info?.createdAt,
    });
    expect(Number(info?.createdAt?.seconds)).toBe(Math.floor(statSync(join(engine.state, 'oci/blobs/sha256', layer?.digest.slice(7) ?? '')).mtimeMs / 1_000));
    const list = async (...filters: string[]) => (await Array.fromAsync(content.list({ filters }))).flatMap((part) => part.info.map(({ digest }) => digest));
    expect(await list()).toEqual([app.manifest, app.config, ...app.layers].map(({ digest }) => digest).sort());
    expect(await list('labels."containerd.io/uncompressed"')).toEqual(app.layers.map(({ digest }) => digest).sort());
    expect(await list(`digest==${app.id}`, `size==${layer?.content.length},labels."containerd.io/uncompressed"==${app.diffIds[0]}`)).toEqual(
      [app.id, layer?.digest].sort(),
    );
    expect(await outcomeOf(list('digest='))).toBe('INVALID_ARGUMENT');
    expect(await Array.fromAsync(content.list({}, within('other')))).toEqual([]);
    expect(await outcomeOf(content.info({ digest: app.id }, within('other')))).toBe('NOT_FOUND');
    expect(await outcomeOf(content.info({ digest: '../../../state.db' }))).toBe('INVALID_ARGUMENT');
    await removeImage();
    expect(await outcomeOf(content.info({ digest: app.id }))).toBe('NOT_FOUND');
  });

  it('give all bytes, or those that are asked for', async () => {
    const app = makeApp(randomBytes(1_500_000));
    await load(engine, app, name);
    const { digest, content: whole } = app.layers[0] ?? app.config;
    const read = async (offset = 0, size = 0): Promise<Buffer> => {
      const pieces = await Array.fromAsync(engine.containerd.content.read({ digest, offset: BigInt(offset), size: BigInt(size) }));
      let at = Math.max(offset, 0);
      for (const { offset: place, data } of pieces) {
        expect(Number(place)).toBe(at);
        at += data.length;
      }
      return Buffer.concat(pieces.map(({ data }) => data));
    };
    expect((await read()).equals(whole)).toBe(true);
    expect((await read(1_000_000)).equals(whole.subarray(1_000_000))).toBe(true);
    expect((await read(600_000, 600_000)).equals(whole.subarray(600_000, 1_200_000))).toBe(true);
    expect((await read(whole.length - 1, 10)).equals(whole.subarray(-1))).toBe(true);
    expect((await read(-5, 1)).equals(whole.subarray(0, 1))).toBe(true);
    expect(await read(whole.length)).toHaveLength(0);
    expect(await outcomeOf(read(whole.length + 1))).toBe('OUT_OF_RANGE');

    // Whoever has begun to read reads to the end, whatever happens to the blob.
    const reading = engine.containerd.content.read({ digest })[Symbol.asyncIterator]();
    const pieces = [(await reading.next()).value?.data ?? Buffer.alloc(0)];
    await removeImage();
    expect(presenceOf(engine, app)).toBe('gone');
    for (let next = await reading.next(); !next.done; next = await reading.next()) pieces.push(next.value.data);
    expect(Buffer.concat(pieces).equals(whole)).toBe(true);
    expect(await outcomeOf(read())).toBe('NOT_FOUND');
  });

  it('are not written by clients of containerd', async () => {
    const { content } = engine.containerd;
    const { digest } = absent('a');
    expect(await outcomeOf(content.update({ info: { digest, labels: { a: 'b' } } }))).toBe('UNIMPLEMENTED');
    expect(await outcomeOf(content.delete({ digest }))).toBe('UNIMPLEMENTED');
    expect(await outcomeOf(content.abort({ ref: 'x' }))).toBe('UNIMPLEMENTED');
    const requests = (async function* () {
      yield { ref: 'x', data: Buffer.from('x') };
    })();
    await expect(Array.fromAsync(content.write(requests))).rejects.toThrow('the content store is read only for clients of containerd');
  });

  it('tell what is left of interrupted downloads', async () => {
    const { digest } = absent('half');
    const part = join(engine.state, 'ingest', `part-${digest.slice(7)}`);
    writeFileSync(part, 'half');
    const { content } = engine.containerd;
    const { status } = await content.status({ ref: `layer-${digest}` });
    expect(status).toMatchObject({ ref: `layer-${digest}`, expected: digest, offset: 4n, total: 0n });
    expect((await content.listStatuses({})).statuses).toEqual([status]);
    expect((await content.listStatuses({ filters: ['ref~=none'] })).statuses).toEqual([]);
    expect(await outcomeOf(content.status({ ref: 'layer-../../state.db' }))).toBe('NOT_FOUND');
    expect(await outcomeOf(content.status({ ref: `layer-${absent('other').digest}` }))).toBe('NOT_FOUND');
    expect(readFileSync(part, 'utf8')).toBe('half');
  });

  it('stay as long as a lease has what leads to them', async () => {
    const app = makeApp('leased');
    await load(engine, app, name);
    const { leases } = engine.containerd;
    const { lease } = await leases.create({ labels: { team: 'a' } });
    await leases.addResource({ id: lease?.id, resource: held(app.manifest.digest) });
    await engine.images.remove({ id: 'app:1', pruneParents: true });
    expect((await engine.images.list({ all: true })).images).toEqual([]);
    await sweep('1');
    expect(presenceOf(engine, app)).toBe('whole');
    await expectNoProblems(engine);

    // A name may be given again, and the image is back.
    await engine.containerd.images.create({ image: { name, target: onWire(describeBlob(app.manifest)) } });
    expect((await engine.images.inspect({ id: 'app:1' })).id).toBe(app.id);
    await engine.containerd.images.delete({ name, sync: true });
    expect(presenceOf(engine, app)).toBe('whole');

    await leases.deleteResource({ id: lease?.id, resource: held(app.manifest.digest) });
    expect(presenceOf(engine, app)).toBe('gone');
    await leases.delete({ id: lease?.id, sync: true });
    expect(leftovers(engine).filter((path) => !path.startsWith('ingest/part-'))).toEqual([]);
  });

  it('go with the lease, at once, and with one that is flat but for itself', async () => {
    const app = makeApp('flat');
    await load(engine, app, name);
    const { leases } = engine.containerd;
    const [layer] = app.layers;
    await leases.create({ id: 'flat', labels: { [flat]: 'true' } });
    await leases.create({ id: 'layer' });
    await leases.addResource({ id: 'flat', resource: held(app.manifest.digest) });
    await leases.addResource({ id: 'layer', resource: held(layer?.digest ?? '') });
    await removeImage();
    const digests = async () => (await Array.fromAsync(engine.containerd.content.list({}))).flatMap(({ info }) => info.map(({ digest }) => digest));
    expect(await digests()).toEqual([app.manifest.digest, layer?.digest].sort());
    await sweep('1');
    await expectNoProblems(engine);
    expect(await digests()).toEqual([app.manifest.digest, layer?.digest].sort());
    await leases.delete({ id: 'flat', sync: true });
    expect(await digests()).toEqual([layer?.digest]);
    await leases.delete({ id: 'layer', sync: true });
    expect(presenceOf(engine, app)).toBe('gone');
  });

  it('are not held by a lease that has expired', async () => {
    const app = makeApp('expired');
    await load(engine, app, name);
    const { leases } = engine.containerd;
    await leases.create({ id: 'short', labels: { [expiry]: new Date(Date.now() + 60_000).toISOString() } });
    await leases.addResource({ id: 'short', resource: held(app.manifest.digest) });
    await removeImage();
    expect(presenceOf(engine, app)).toBe('whole');
    const now = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => now + 61_000);
    try {
      expect((await leases.list({})).leases).toEqual([]);
      expect(await outcomeOf(leases.addResource({ id: 'short', resource: held(app.manifest.digest) }))).toBe('NOT_FOUND');
      await sweep('1');
    } finally {
      jest.restoreAllMocks();
    }
    expect(presenceOf(engine, app)).toBe('gone');
    expect((await leases.create({ id: 'short' })).lease?.labels).toEqual({});
    await leases.delete({ id: 'short' });
  });

  it('cannot be leased beyond what leases are for', async () => {
    const { leases } = engine.containerd;
    expect(await outcomeOf(leases.create({ id: 'x', labels: { [expiry]: 'tomorrow' } }))).toBe('INVALID_ARGUMENT');
    expect(await outcomeOf(leases.create({ id: 'x', labels: { key: 'v'.repeat(4094) } }))).toBe('INVALID_ARGUMENT');
    expect((await leases.list({})).leases).toEqual([]);
    await leases.create({ id: 'x', labels: { [expiry]: '2100-01-01T00:00:00.123456789+01:00' } });
    expect(await outcomeOf(leases.create({ id: 'x' }))).toBe('ALREADY_EXISTS');
    for (const [resource, status] of [
      [undefined, 'INVALID_ARGUMENT'],
      [{ id: absent('a').digest, type: '' }, 'INVALID_ARGUMENT'],
      [{ id: 'short', type: 'content' }, 'INVALID_ARGUMENT'],
      [{ id: 'x', type: 'snapshots/overlayfs' }, 'UNIMPLEMENTED'],
    ] as const)
      expect(await outcomeOf(leases.addResource({ id: 'x', resource }))).toBe(status);
    const elsewhere = within('k8s.io');
    expect((await leases.list({}, elsewhere)).leases).toEqual([]);
    expect(await outcomeOf(leases.create({ id: 'y' }, elsewhere))).toBe('NOT_FOUND');
    expect(await outcomeOf(leases.delete({ id: 'x' }, elsewhere))).toBe('NOT_FOUND');
    await leases.delete({ id: 'x' });
    expect(await outcomeOf(leases.delete({ id: 'x' }))).toBe('NOT_FOUND');
    expect(await outcomeOf(leases.delete({ id: '' }))).toBe('INVALID_ARGUMENT');
  });

  it('are served by what tells about itself', async () => {
    const channel = createChannel(`unix://${engine.root.paths.workerSocket('images-0')}`);
    try {
      const introspection = createClient(IntrospectionDefinition, channel);
      const { plugins } = await introspection.plugins({ filters: ['type==io.containerd.grpc.v1,id~=^(images|leases)$'] });
      expect(plugins.map(({ type, id }) => `${type}.${id}`)).toEqual(['io.containerd.grpc.v1.images', 'io.containerd.grpc.v1.leases']);
      const server = await introspection.server({});
      expect(server).toMatchObject({ uuid: engine.worker.host.node, pid: BigInt(process.pid), deprecations: [] });
      expect(server.pidns).toBe(statSync('/proc/self/ns/pid', { bigint: true }).ino);
      const { plugin } = await introspection.pluginInfo({ type: 'io.containerd.grpc.v1', id: 'content' });
      expect(plugin).toMatchObject({ type: 'io.containerd.grpc.v1', id: 'content', initErr: undefined });
      expect(await outcomeOf(introspection.pluginInfo({ type: 'io.containerd.grpc.v1', id: 'tasks' }))).toBe('NOT_FOUND');
      expect((await createClient(VersionDefinition, channel).version({})).version).toMatch(/^\d+\.\d+\.\d+/);
    } finally {
      channel.close();
    }
  });
});
