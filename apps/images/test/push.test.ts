import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeIf, eventually, startRegistry } from '@arcbox/testing';
import { hexOf, shortOf } from '../src/image/digest.ts';
import { MediaType } from '../src/image/manifest.ts';
import { type Engine, pull, push, startEngine } from './engine.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { pushImage, pushManifest } from './push.ts';
import { makeTar } from './tar.ts';
import { blob, describeBlob, json, makeImage, makeIndex, type TestImage } from './test-image.ts';

const amd = { os: 'linux', architecture: 'amd64', variant: '' };
const arm = { os: 'linux', architecture: 'arm64', variant: '' };

const twoLayers = (seed: string): TestImage =>
  makeImage({ layers: [[{ name: 'base', content: 'base' }], [{ name: 'own', content: seed }]] });

/** Puts an image into `registry` and pulls it from there. */
async function obtain(
  engine: Engine,
  registry: { port: number; host: string },
  image: TestImage,
  name = 'from/here:1',
): Promise<string> {
  const [repository = '', tag = ''] = name.split(':');
  await pushImage(registry, repository, tag, image);
  await pull(engine, `${registry.host}/${name}`);
  return `${registry.host}/${name}`;
}

async function tag(engine: Engine, source: string, target: string): Promise<void> {
  const colon = target.lastIndexOf(':');
  await engine.images.tag({ source, repo: target.slice(0, colon), tag: target.slice(colon + 1) });
}

const inspectRaw = (reference: string): string =>
  execFileSync('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${reference}`]).toString();

function skopeoCopy(source: string, target: string): void {
  const options = ['--all', '--src-tls-verify=false', '--dest-tls-verify=false'];
  execFileSync('skopeo', ['copy', ...options, source, target], { stdio: 'pipe' });
}

const lineOf = (tagged: string, { manifest }: TestImage): string =>
  `${tagged}: digest: ${manifest.digest} size: ${manifest.content.length}`;

const statusesOf = (said: readonly { id: string; status: string }[], digest = ''): string[] =>
  said.filter(({ id }) => id === (digest && shortOf(digest))).map(({ status }) => status);

describeIf(['root', 'docker-registry', 'bsdtar', 'skopeo'], 'push', () => {
  it("says in Docker's words what it does, and what was there already", async () => {
    await using registry = await startRegistry();
    await using other = await startRegistry();
    await using engine = await startEngine();
    const image = twoLayers('x');
    const target = `${other.host}/team/app:v1`;
    await tag(engine, await obtain(engine, registry, image), target);
    const said = await push(engine, target);
    for (const { digest } of image.layers) {
      expect([...new Set(statusesOf(said, digest))]).toEqual(['Preparing', 'Pushing', 'Pushed']);
    }
    const lines = [
      `The push refers to repository [${other.host}/team/app]`,
      lineOf('v1', image),
    ];
    expect(statusesOf(said)).toEqual(lines);
    expect(said[0]?.status).toBe(lines[0]);
    expect(said.at(-1)?.status).toBe(lines[1]);
    expect(said.find(({ status }) => status === 'Pushing')?.total).toBeGreaterThan(0n);
    const again = await push(engine, target);
    for (const { digest } of image.layers) {
      expect(statusesOf(again, digest)).toEqual(['Preparing', 'Layer already exists']);
    }
    expect(statusesOf(again)).toEqual(lines);
    const { repoDigests } = await engine.images.inspect({ id: target });
    expect(repoDigests).toContain(`${other.host}/team/app@${image.manifest.digest}`);
    const events = (await engine.events()).filter(({ action }) => action === 'push');
    expect(events.map(({ type, actor }) => [type, actor?.id, actor?.attributes['name']])).toEqual([
      ['image', image.id, target],
      ['image', image.id, target],
    ]);
  });

  it.each([
    ['OCI', { docker: false, compression: 'zstd' }],
    ['Docker', { docker: true, compression: 'gzip' }],
  ] as const)('gives %s images back byte for byte; others can use them', async (_, kind) => {
    await using registry = await startRegistry();
    await using other = await startRegistry();
    await using engine = await startEngine();
    const image = makeImage({ ...kind, layers: [[{ name: 'a', content: 'one' }], [{ name: 'b' }], [{ name: 'b' }]] });
    const source = await obtain(engine, registry, image);
    const target = `${other.host}/app:1`;
    await tag(engine, source, target);
    await push(engine, target);
    expect(inspectRaw(target)).toBe(image.manifest.content.toString());
    expect(inspectRaw(target)).toBe(inspectRaw(source));
    const directory = mkdtempSync(join(tmpdir(), 'abx-copy-'));
    try {
      skopeoCopy(`docker://${target}`, `dir:${directory}`);
      for (const { digest, content } of image.layers) {
        expect(readFileSync(join(directory, hexOf(digest)))).toEqual(content);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
    for (const name of [source, target]) await engine.images.remove({ id: name });
    await pull(engine, target);
    await expect(engine.images.inspect({ id: target })).resolves.toMatchObject({ id: image.id });
  });

  it('lets the registry take layers from its other repositories', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    const image = twoLayers('x');
    const target = `${registry.host}/from/copy:1`;
    await tag(engine, await obtain(engine, registry, image), target);
    const said = await push(engine, target);
    for (const { digest } of image.layers) expect(statusesOf(said, digest).at(-1)).toBe('Mounted from from/here');
    expect(inspectRaw(target)).toBe(image.manifest.content.toString());
  });

  it('sends a layer all the same when the other repository has lost it', async () => {
    await using registry = await startRegistry();
    await using other = await startRegistry();
    await using engine = await startEngine();
    const image = twoLayers('x');
    const source = await obtain(engine, registry, image);
    await tag(engine, source, `${other.host}/first:1`);
    await push(engine, `${other.host}/first:1`);
    rmSync(join(other.directory, 'data'), { recursive: true });
    await tag(engine, source, `${other.host}/second:1`);
    const said = await push(engine, `${other.host}/second:1`);
    for (const { digest } of image.layers) expect(statusesOf(said, digest).at(-1)).toBe('Pushed');
    expect(inspectRaw(`${other.host}/second:1`)).toBe(image.manifest.content.toString());
  });

  it('pushes all tags of a repository when no tag is given, and names what is not here', async () => {
    await using registry = await startRegistry();
    await using other = await startRegistry();
    await using engine = await startEngine();
    const [one, two] = [twoLayers('1'), twoLayers('2')];
    const repository = `${other.host}/many`;
    await tag(engine, await obtain(engine, registry, one), `${repository}:a`);
    await tag(engine, `${repository}:a`, `${repository}:b`);
    await tag(engine, await obtain(engine, registry, two, 'second:1'), `${repository}:c`);
    expect(statusesOf(await push(engine, repository))).toEqual([
      `The push refers to repository [${repository}]`,
      lineOf('a', one),
      lineOf('b', one),
      lineOf('c', two),
    ]);
    for (const [name, image] of [['a', one], ['b', one], ['c', two]] as const) {
      expect(inspectRaw(`${repository}:${name}`)).toBe(image.manifest.content.toString());
    }
    await expect(push(engine, `${other.host}/none`)).rejects.toThrow(
      `NOT_FOUND: an image does not exist locally with the tag: ${other.host}/none`,
    );
    await expect(push(engine, 'nobody')).rejects.toThrow('an image does not exist locally with the tag: nobody');
    await expect(push(engine, `${repository}:z`)).rejects.toThrow(`NOT_FOUND: tag does not exist: ${repository}:z`);
    await expect(push(engine, 'UPPER')).rejects.toThrow(/INVALID_ARGUMENT/);
  });

  it('pushes an index when everything in it is here, else the image that is, and says so', async () => {
    await using registry = await startRegistry();
    await using other = await startRegistry();
    await using engine = await startEngine();
    const [amdImage, armImage] = [amd, arm].map((platform) =>
      makeImage({ platform, layers: [[{ name: 'same', content: 'same' }], [{ name: platform.architecture }]] }),
    ) as [TestImage, TestImage];
    const index = makeIndex([[amdImage, amd], [armImage, arm]]);
    for (const image of [amdImage, armImage]) await pushImage(registry, 'multi', 'part', image);
    await pushManifest(registry, 'multi', '1', index);
    const source = `${registry.host}/multi:1`;
    await pull(engine, source, { platform: 'linux/amd64' });
    const target = `${other.host}/multi:1`;
    await tag(engine, source, target);
    expect(statusesOf(await push(engine, target)).slice(1)).toEqual([
      'Not all of the multi-platform image is here: only the image for linux/amd64 was pushed',
      lineOf('1', amdImage),
    ]);
    expect(inspectRaw(target)).toBe(amdImage.manifest.content.toString());
    await pull(engine, source, { platform: 'linux/arm64' });
    const said = await push(engine, target);
    expect(statusesOf(said).slice(1)).toEqual([`1: digest: ${index.digest} size: ${index.content.length}`]);
    expect(statusesOf(said, amdImage.layers[0]?.digest).at(-1)).toBe('Layer already exists');
    expect(inspectRaw(target)).toBe(index.content.toString());
    skopeoCopy(`docker://${target}`, `docker://${other.host}/copy:1`);
  });

  it('leaves layers to their vendor that only he may hand out', async () => {
    await using registry = await startRegistry();
    await using other = await startRegistry();
    await using engine = await startEngine();
    const type = `${MediaType.layer.replace('layer.v1', 'layer.nondistributable.v1')}+gzip`;
    const lies = {
      layers: (all: { mediaType: string; digest: string; size: number }[]) =>
        all.map((one, n) => (n === 0 ? { ...one, mediaType: type, urls: [`http://${registry.host}/elsewhere`] } : one)),
    };
    const image = makeImage({ layers: [[{ name: 'foreign' }], [{ name: 'own' }]], lies });
    const target = `${other.host}/app:1`;
    await tag(engine, await obtain(engine, registry, image), target);
    const said = await push(engine, target);
    expect(statusesOf(said, image.layers[0]?.digest)).toEqual(['Skipped foreign layer']);
    expect(inspectRaw(target)).toBe(image.manifest.content.toString());
    expect(readdirSync(join(other.directory, 'data/docker/registry/v2/blobs/sha256')).length).toBeGreaterThan(0);
  });

  it('sends a layer once that several pushes want in a repository', async () => {
    await using registry = await startRegistry();
    await using other = await startRegistry();
    await using proxy = await startFaultProxy(other.port);
    await using engine = await startEngine();
    const image = twoLayers('x');
    const source = await obtain(engine, registry, image);
    const held = Promise.withResolvers<void>();
    const [base] = image.layers;
    const looksFor = (line: string, digest = ''): boolean => line.startsWith('HEAD') && line.includes(digest);
    proxy.fault = (line) => (looksFor(line, base?.digest) ? { hold: held.promise } : undefined);
    const pushes = ['a', 'b', 'c'].map(async (name) => {
      await tag(engine, source, `${proxy.host}/app:${name}`);
      return push(engine, `${proxy.host}/app:${name}`);
    });
    const asked = (digest = ''): number => proxy.requests.filter(({ line }) => looksFor(line, digest)).length;
    await eventually(() => expect([asked(image.config.digest) >= 3, asked(base?.digest)]).toEqual([true, 1]));
    held.resolve();
    for (const said of await Promise.all(pushes)) {
      expect(['Pushed', 'Layer already exists']).toContain(statusesOf(said, base?.digest).at(-1));
    }
    const sent = proxy.requests.filter(({ line }) => line.startsWith('PUT') && line.includes('/uploads/'));
    expect(sent).toHaveLength(new Set([...image.layers, image.config].map(({ digest }) => digest)).size);
  });

  it('keeps what it pushes from a removal, and clears it away afterwards', async () => {
    await using registry = await startRegistry();
    await using other = await startRegistry();
    await using proxy = await startFaultProxy(other.port);
    await using engine = await startEngine();
    const image = twoLayers('x');
    const source = await obtain(engine, registry, image);
    const target = `${proxy.host}/app:1`;
    await tag(engine, source, target);
    const asked = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    proxy.fault = (line) => {
      if (!line.startsWith('POST')) return undefined;
      asked.resolve();
      return { hold: held.promise };
    };
    const pushing = push(engine, target);
    await asked.promise;
    for (const id of [source, target]) await engine.images.remove({ id });
    held.resolve();
    expect(statusesOf(await pushing).at(-1)).toBe(lineOf('1', image));
    expect(inspectRaw(`${other.host}/app:1`)).toBe(image.manifest.content.toString());
    expect(readdirSync(join(engine.state, 'oci/blobs/sha256'))).toEqual([]);
    await expect(engine.images.exists({ reference: target })).resolves.toMatchObject({ exists: false });
    await pull(engine, `${other.host}/app:1`);
  });

  it('pushes what was made here', async () => {
    await using other = await startRegistry();
    await using engine = await startEngine();
    const target = `${other.host}/made:1`;
    const archive = makeTar([{ name: 'a', content: 'x' }]);
    const { id } = await engine.imageStore.importFilesystem(
      (async function* () {
        yield { reference: target };
        yield { data: archive };
        yield { eof: true };
      })(),
    );
    await push(engine, target);
    await engine.images.remove({ id: target });
    await pull(engine, target);
    await expect(engine.images.exists({ reference: target })).resolves.toEqual({ exists: true, id });
  });

  it('names content that is missing or damaged here', async () => {
    await using registry = await startRegistry();
    await using other = await startRegistry();
    await using engine = await startEngine();
    const image = twoLayers('x');
    const target = `${other.host}/app:1`;
    await tag(engine, await obtain(engine, registry, image), target);
    const { digest = '', content = Buffer.alloc(0) } = image.layers[1] ?? {};
    const path = join(engine.state, 'oci/blobs/sha256', hexOf(digest));
    writeFileSync(path, content.map((byte) => byte ^ 1));
    await expect(push(engine, target)).rejects.toThrow(`DATA_LOSS: content ${digest} is damaged in the image store`);
    rmSync(path);
    await expect(push(engine, target)).rejects.toThrow(`DATA_LOSS: content ${digest} of ${target} is missing`);
    writeFileSync(path, content);
    await push(engine, target);
  });

  it('pushes an empty layer and what an index holds besides images', async () => {
    await using registry = await startRegistry();
    await using other = await startRegistry();
    await using engine = await startEngine();
    const image = makeImage({ layers: [], platform: amd });
    const statement = blob('application/vnd.in-toto+json', Buffer.from('{"_type":"statement"}'));
    const attestation = json(MediaType.manifest, {
      schemaVersion: 2,
      mediaType: MediaType.manifest,
      config: describeBlob(image.config),
      layers: [describeBlob(statement)],
    });
    const annotations = { 'vnd.docker.reference.type': 'attestation-manifest' };
    const entry = { ...describeBlob(attestation), annotations, platform: { os: 'unknown', architecture: 'unknown' } };
    const index = makeIndex([[image, amd]], [entry]);
    await pushImage(registry, 'app', 'x', { ...image, layers: [statement] });
    await pushManifest(registry, 'app', 'y', attestation);
    await pushManifest(registry, 'app', '1', index);
    await pull(engine, `${registry.host}/app:1`, { platform: 'linux/amd64' });
    const target = `${other.host}/app:1`;
    await tag(engine, `${registry.host}/app:1`, target);
    await push(engine, target);
    expect(inspectRaw(target)).toBe(image.manifest.content.toString());
    // As an import of the whole index leaves it.
    for (const { digest, content } of [statement, attestation]) {
      writeFileSync(join(engine.state, 'oci/blobs/sha256', hexOf(digest)), content);
    }
    await push(engine, target);
    expect(inspectRaw(target)).toBe(index.content.toString());
  });
});
