import { lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf, startRegistry } from '@arcbox/testing';
import { mountRoot, pull, startEngine } from './engine.ts';
import { pushImage, pushManifest } from './push.ts';
import { makeImage, makeIndex } from './test-image.ts';

describeIf(['root', 'overlay', 'docker-registry', 'bsdtar'], 'pull', () => {
  it("says in Docker's words what it does, and what it has done", async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a', content: 'one' }], [{ name: 'b', content: 'two' }]] });
    await pushImage(registry, 'team/app', 'v1', image);
    const said = await pull(engine, `${registry.host}/team/app:v1`);
    const [first, second] = image.layers.map(({ digest }) => digest.slice(7, 19));
    const statuses = (id: string | undefined): string[] =>
      said.filter((news) => news.id === id).map(({ status }) => status);
    const words = ['Pulling fs layer', 'Verifying Checksum', 'Download complete', 'Extracting', 'Pull complete'];
    expect(statuses(first).filter((status) => status !== 'Downloading')).toEqual(words);
    expect(statuses(second).filter((status) => status !== 'Downloading')).toEqual(words);
    expect(statuses('')).toEqual([
      `Digest: ${image.manifest.digest}`,
      `Status: Downloaded newer image for ${registry.host}/team/app:v1`,
    ]);
    const again = await pull(engine, `${registry.host}/team/app:v1`);
    expect(again.map(({ id, status }) => [id, status])).toEqual([
      [first, 'Already exists'],
      [second, 'Already exists'],
      ['', `Digest: ${image.manifest.digest}`],
      ['', `Status: Image is up to date for ${registry.host}/team/app:v1`],
    ]);
    await expect(engine.images.exists({ reference: `${registry.host}/team/app:v1` })).resolves.toEqual({
      exists: true,
      id: image.id,
    });
  });

  it.each(['gzip', 'zstd', 'none'] as const)(
    'unpacks %s layers with owners, modes, times, links and devices',
    async (compression) => {
      await using registry = await startRegistry();
      await using engine = await startEngine();
      const image = makeImage({
        compression,
        docker: compression === 'gzip',
        layers: [
          [
            { name: 'bin/', type: '5', mode: 0o711 },
            { name: 'bin/su', content: 'setuid', mode: 0o4755, uid: 7, gid: 8 },
            { name: 'bin/other', type: '1', link: 'bin/su' },
            { name: 'bin/link', type: '2', link: '../../etc/passwd', uid: 3 },
            {
              name: `${'long/'.repeat(40)}name`,
              content: 'far',
              pax: { path: `${'long/'.repeat(40)}nam\xc3\xa9`, mtime: '1700000001.25' },
            },
            { name: 'null', type: '3', major: 1, minor: 3, mode: 0o666 },
            { name: 'fifo', type: '6' },
            { name: 'gone', content: 'x' },
            { name: 'dir/', type: '5', mode: 0o750, uid: 9 },
            { name: 'dir/old', content: 'x' },
          ],
          [
            { name: '.wh.gone', content: '' },
            { name: 'dir/', type: '5', mode: 0o750, uid: 9 },
            { name: 'dir/new', content: 'n' },
            { name: 'dir/.wh..wh..opq' },
          ],
        ],
      });
      await pushImage(registry, 'app', 'latest', image);
      await pull(engine, `${registry.host}/app`);
      const path = join(engine.root.path, 'rootfs');
      mkdirSync(path);
      await using _root = await mountRoot(engine, path, `${registry.host}/app`);
      const stat = (name: string) => lstatSync(join(path, name));
      expect(readdirSync(path).sort()).toEqual(['bin', 'dir', 'fifo', 'long', 'null']);
      expect(stat('bin').mode & 0o7777).toBe(0o711);
      expect(stat('bin/su')).toMatchObject({ uid: 7, gid: 8, nlink: 2, ino: stat('bin/other').ino });
      expect(stat('bin/su').mode & 0o7777).toBe(0o4755);
      expect(stat('bin/su').mtimeMs).toBe(1_700_000_000_000);
      expect(stat('bin/link')).toMatchObject({ uid: 3 });
      expect(stat(`${'long/'.repeat(40)}namé`).mtimeMs).toBe(1_700_000_001_250);
      expect(stat('null').rdev).toBe((1 << 8) + 3);
      expect(stat('null').isCharacterDevice()).toBe(true);
      expect(stat('fifo').isFIFO()).toBe(true);
      expect(readdirSync(join(path, 'dir'))).toEqual(['new']);
      expect(stat('dir')).toMatchObject({ uid: 9 });
      expect(stat('dir').mode & 0o7777).toBe(0o750);
    },
  );

  it('chooses the platform, passes over attestations, and names what there is', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    const arm = { os: 'linux', architecture: 'arm64', variant: 'v8' };
    const amd = { os: 'linux', architecture: 'amd64', variant: '' };
    const images = [arm, amd].map((platform) => makeImage({ platform, layers: [[{ name: platform.architecture }]] }));
    const [armImage, amdImage] = images as [(typeof images)[0], (typeof images)[0]];
    await pushImage(registry, 'multi', 'arm', armImage);
    await pushImage(registry, 'multi', 'amd', amdImage);
    const attestation = {
      mediaType: armImage.manifest.mediaType,
      digest: armImage.manifest.digest,
      size: armImage.manifest.content.length,
      platform: { os: 'unknown', architecture: 'unknown' },
    };
    const index = makeIndex(
      [
        [armImage, arm],
        [amdImage, amd],
      ],
      [attestation],
    );
    await pushManifest(registry, 'multi', 'latest', index);
    const reference = `${registry.host}/multi`;
    const said = await pull(engine, reference, { platform: 'linux/arm64' });
    expect(said.at(-2)?.status).toBe(`Digest: ${index.digest}`);
    await expect(engine.images.inspect({ id: reference })).resolves.toMatchObject({
      id: armImage.id,
      architecture: 'arm64',
      repoDigests: [`${reference}@${index.digest}`],
    });
    await pull(engine, reference, { platform: 'linux/x86_64' });
    await expect(engine.images.inspect({ id: reference })).resolves.toMatchObject({ id: amdImage.id });
    await expect(pull(engine, reference, { platform: 'linux/s390x' })).rejects.toThrow(
      `NOT_FOUND: ${reference}:latest is not available for linux/s390x; available: linux/arm64/v8, linux/amd64`,
    );
    await expect(pull(engine, `${reference}:arm`, { platform: 'linux/amd64' })).rejects.toThrow(
      /NOT_FOUND: .* available: linux\/arm64/,
    );
    await expect(pull(engine, reference, { platform: 'linux' })).rejects.toThrow(/INVALID_ARGUMENT/);
  });

  it('keeps a valid image layout with the bytes as they were pulled', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a', content: 'one' }]] });
    await pushImage(registry, 'app', '1', image);
    await pull(engine, `${registry.host}/app:1`);
    const oci = join(engine.state, 'oci');
    for (const { digest, content } of [image.manifest, image.config, ...image.layers]) {
      expect(readFileSync(join(oci, 'blobs', digest.replace(':', '/')))).toEqual(content);
    }
    const index = JSON.parse(readFileSync(join(oci, 'index.json'), 'utf8')) as { manifests: object[] };
    expect(index.manifests).toEqual([
      expect.objectContaining({
        digest: image.manifest.digest,
        annotations: expect.objectContaining({ 'org.opencontainers.image.ref.name': `${registry.host}/app:1` }),
      }),
    ]);
    expect(readdirSync(join(engine.state, 'ingest'))).toEqual([]);
  });
});
