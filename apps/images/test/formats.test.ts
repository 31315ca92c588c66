import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describeIf, startRegistry } from '@arcbox/testing';
import { pull, startEngine } from './engine.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { pushImage, pushManifest } from './push.ts';
import { type Blob, describeBlob, json, makeImage, makeIndex } from './test-image.ts';

const foreignType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';

/** A web server with one file; 404 for all else. */
async function startWebServer(path: string, content: Buffer): Promise<AsyncDisposable & { host: string; asked: IncomingHttpHeaders[] }> {
  const asked: IncomingHttpHeaders[] = [];
  const server = createServer((incoming, outgoing) => {
    asked.push(incoming.headers);
    if (incoming.url === path) outgoing.end(content);
    else outgoing.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describeIf(['root', 'docker-registry', 'bsdtar', 'htpasswd'], 'formats of images', () => {
  it("foreign layers come from the addresses in their descriptor, without anybody's login", async () => {
    const account = { username: 'alice', password: 'wonder land:1' };
    await using registry = await startRegistry({ account });
    await using engine = await startEngine();
    const image = makeImage({ docker: true, layers: [[{ name: 'base' }], [{ name: 'top' }]] });
    const [base, top] = image.layers as [Blob, Blob];
    await using web = await startWebServer('/base', base.content);
    await pushImage(registry, 'app', 'plain', image, account);
    const urls = [`http://${web.host}/nope`, 'ftp://nowhere/', `http://${web.host}/base`];
    const manifest = json(image.manifest.mediaType, {
      schemaVersion: 2,
      mediaType: image.manifest.mediaType,
      config: describeBlob(image.config),
      layers: [{ ...describeBlob(base), mediaType: foreignType, urls }, describeBlob(top)],
    });
    await using proxy = await startFaultProxy(registry.port);
    const body = manifest.content;
    const headers = { 'content-type': manifest.mediaType };
    proxy.fault = (line) => {
      if (line.includes('/manifests/foreign')) return { status: 200, body, headers };
      return line.includes(base.digest) ? { status: 404 } : undefined;
    };
    await pull(engine, `${proxy.host}/app:foreign`, { auth: account });
    await expect(engine.images.inspect({ id: image.id })).resolves.toMatchObject({ rootFs: { layers: image.diffIds } });
    expect(web.asked).toHaveLength(2);
    for (const { authorization } of web.asked) expect(authorization).toBeUndefined();
  });

  it('empty layers, of no file and of no byte, and the same layer twice', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    for (const compression of ['gzip', 'zstd', 'none'] as const) {
      const image = makeImage({ compression, layers: [[], [{ name: compression }], [], Buffer.alloc(0)] });
      await pushImage(registry, 'app', compression, image);
      await pull(engine, `${registry.host}/app:${compression}`);
      const { rootFs } = await engine.images.inspect({ id: image.id });
      expect(rootFs?.layers).toEqual(image.diffIds);
    }
    expect(readdirSync(join(engine.state, 'ingest'))).toEqual([]);
  });

  it.each([true, false])('an index with attestations, variants and strangers (docker: %s)', async (docker) => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    const platforms = [
      { os: 'linux', architecture: 'arm', variant: 'v6' },
      { os: 'linux', architecture: 'arm', variant: 'v7' },
      { os: 'linux', architecture: 'arm64', variant: 'v8' },
      { os: 'windows', architecture: 'amd64', variant: '' },
    ];
    const images = platforms.map((platform, index) => makeImage({ docker, platform, layers: [[{ name: `f${index}` }]] }));
    for (const [index, image] of images.entries()) await pushImage(registry, 'multi', `p${index}`, image);
    const attestation = json('application/vnd.oci.image.manifest.v1+json', {
      schemaVersion: 2,
      config: describeBlob(images[0]?.config as Blob),
      layers: [],
    });
    await pushManifest(registry, 'multi', 'attestation', attestation);
    const strange = { ...describeBlob(attestation), platform: { os: 'unknown', architecture: 'unknown' } };
    const marked = {
      ...describeBlob(attestation),
      platform: { os: 'linux', architecture: 'arm' },
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    };
    const index = makeIndex(
      images.map((image, at) => [image, platforms[at] as (typeof platforms)[0]] as const),
      [strange, marked],
      docker,
    );
    await pushManifest(registry, 'multi', 'latest', index);
    const reference = `${registry.host}/multi`;
    const wanted = { 'linux/arm': 1, 'linux/arm/v6': 0, 'linux/arm/v8': 1, 'linux/arm64': 2, 'linux/aarch64': 2 };
    for (const [platform, at] of Object.entries(wanted)) {
      await pull(engine, reference, { platform });
      await expect(engine.images.exists({ reference })).resolves.toEqual({ exists: true, id: images[at]?.id });
    }
    await expect(pull(engine, reference, { platform: 'linux/amd64' })).rejects.toThrow(
      `NOT_FOUND: ${reference}:latest is not available for linux/amd64; available: linux/arm/v6, linux/arm/v7, linux/arm64/v8, windows/amd64`,
    );
    // As it was served, whatever of it we took.
    expect(readFileSync(join(engine.state, 'oci/blobs', index.digest.replace(':', '/')))).toEqual(index.content);
  });

  it('schema 1 is refused by its name, signed or not', async () => {
    await using registry = await startRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    for (const type of ['v1+prettyjws', 'v1+json']) {
      const body = JSON.stringify({ schemaVersion: 1, name: 'app', tag: 'old', fsLayers: [], history: [], signatures: [] });
      const headers = { 'content-type': `application/vnd.docker.distribution.manifest.${type}` };
      proxy.fault = () => ({ status: 200, body, headers });
      await expect(pull(engine, `${proxy.host}/app:old`)).rejects.toThrow(
        `INVALID_ARGUMENT: ${proxy.host}/app:old: image manifests of schema 1 are not supported`,
      );
    }
  });
});
