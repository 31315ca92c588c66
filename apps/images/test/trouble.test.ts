import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf, eventually, freePort, startRegistry } from '@arcbox/testing';
import { type Engine, pull, startEngine } from './engine.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { pushImage, pushManifest } from './push.ts';
import { json, makeImage, type TestImage } from './test-image.ts';

const noise = (name: string, bytes = 300_000): { name: string; content: Buffer } => ({
  name,
  content: randomBytes(bytes),
});

/** Layers and blobs that are here, work in progress included. */
function traces({ state }: Engine): string[] {
  return ['ingest', 'oci/blobs/sha256', 'layers', 'l'].flatMap((name) =>
    readdirSync(join(state, name))
      .filter((entry) => entry !== 'empty')
      .map((entry) => `${name}/${entry}`),
  );
}

async function expectNothing(engine: Engine): Promise<void> {
  const { images } = await engine.images.list({ all: true });
  expect(images).toEqual([]);
  expect(traces(engine)).toEqual([]);
}

describeIf(['root', 'docker-registry', 'bsdtar'], 'pull from a registry in trouble', () => {
  it('goes on where a connection broke', async () => {
    await using registry = await startRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const image = makeImage({ layers: [[noise('a')]] });
    await pushImage(registry, 'app', '1', image);
    const layer = `GET /v2/app/blobs/${image.layers[0]?.digest}`;
    let broken = 0;
    proxy.fault = (line) => (line === layer && broken++ < 3 ? { cutAfter: 50_000 } : undefined);
    await pull(engine, `${proxy.host}/app:1`);
    const ranges = proxy.requests.filter(({ line }) => line === layer).map(({ headers }) => headers.range);
    expect(ranges).toHaveLength(4);
    expect(ranges[0]).toBeUndefined();
    for (const range of ranges.slice(1)) expect(range).toMatch(/^bytes=\d+-$/);
    await expect(engine.images.exists({ reference: `${proxy.host}/app:1` })).resolves.toMatchObject({ id: image.id });
  });

  it('goes on with a registry that knows no ranges, and with bodies that end too early', async () => {
    await using registry = await startRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const image = makeImage({ layers: [[noise('a')]] });
    await pushImage(registry, 'app', '1', image);
    let tries = 0;
    proxy.fault = (line) =>
      line.includes(image.layers[0]?.digest ?? '') && tries++ < 2
        ? { endAfter: 120_000 * tries, withoutRange: true }
        : { withoutRange: true };
    await pull(engine, `${proxy.host}/app:1`);
    expect(tries).toBeGreaterThan(2);
  });

  it('waits as long as a throttling registry asks, and tries again after its failures', async () => {
    await using registry = await startRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a' }]] });
    await pushImage(registry, 'app', '1', image);
    const faults = [{ status: 429, headers: { 'retry-after': '1' } }, { status: 503 }];
    proxy.fault = (line) => (line.includes('/manifests/') ? faults.shift() : undefined);
    const before = performance.now();
    await pull(engine, `${proxy.host}/app:1`);
    expect(performance.now() - before).toBeGreaterThan(1_000);
  });

  it('goes on where a throttling registry has stopped it in the middle of a layer', async () => {
    await using registry = await startRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'small' }], [{ name: 'large', content: randomBytes(1_000_000) }]] });
    await pushImage(registry, 'app', '1', image);
    const large = image.layers[1]?.digest ?? '';
    const faults = [{ cutAfter: 500_000 }, { status: 429, headers: { 'retry-after': '3600' } }];
    proxy.fault = (line) => (line.includes(large) ? faults.shift() : undefined);
    await expect(pull(engine, `${proxy.host}/app:1`)).rejects.toThrow('RESOURCE_EXHAUSTED');
    await pull(engine, `${proxy.host}/app:1`);
    const ranges = proxy.requests.filter(({ line }) => line.includes(large)).map(({ headers }) => headers.range);
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/), expect.stringMatching(/^bytes=\d{5,}-$/)]);
  });

  it.each([
    [
      'throttles for long',
      {
        status: 429,
        headers: { 'retry-after': '3600' },
        body: '{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}',
      },
      'RESOURCE_EXHAUSTED: registry HOST throttles: slow down',
    ],
    [
      'denies',
      { status: 403, body: '{"errors":[{"code":"DENIED","message":"not yours"}]}' },
      'PERMISSION_DENIED: registry HOST denied access to manifest for HOST/app:1: not yours',
    ],
    [
      'wants a login',
      { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
      'UNAUTHENTICATED: registry HOST requires a login',
    ],
    ['talks nonsense', { status: 200, body: '<html>' }, 'DATA_LOSS: HOST/app:1: not JSON'],
    [
      'sends manifests without end',
      { status: 200, body: 'x'.repeat(5 << 20) },
      'DATA_LOSS: manifest for HOST/app:1 is larger than 4194304 bytes',
    ],
  ])('tells what is wrong when the registry %s', async (_, fault, message) => {
    await using registry = await startRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    proxy.fault = () => fault;
    await expect(pull(engine, `${proxy.host}/app:1`)).rejects.toThrow(message.replaceAll('HOST', proxy.host));
    await expectNothing(engine);
  });

  it('names what is not there, and a registry that is down', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    await pushImage(registry, 'app', '1', makeImage({ layers: [] }));
    await expect(pull(engine, `${registry.host}/app:nope`)).rejects.toThrow(
      `NOT_FOUND: manifest for ${registry.host}/app:nope not found: manifest unknown`,
    );
    await expect(pull(engine, `${registry.host}/none`)).rejects.toThrow(/NOT_FOUND/);
    await expect(pull(engine, 'UPPER')).rejects.toThrow(
      'INVALID_ARGUMENT: invalid reference "UPPER": a repository must be lower case',
    );
    const port = await freePort();
    await expect(pull(engine, `localhost:${port}/app`)).rejects.toThrow(
      `UNAVAILABLE: registry localhost:${port} cannot be reached: connection refused`,
    );
  });

  it.each([
    ['a corrupt layer', 'layer', { corrupt: true }],
    ['a corrupt configuration', 'config', { corrupt: true }],
    ['a corrupt manifest', 'manifest', { corrupt: true }],
  ])('shows nothing of an image with %s', async (_, part, fault) => {
    await using registry = await startRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const image = makeImage({ layers: [[noise('a')], [noise('b')]] });
    await pushImage(registry, 'app', '1', image);
    const place =
      { layer: `/blobs/${image.layers[1]?.digest}`, config: `/blobs/${image.config.digest}`, manifest: '/manifests/' }[
        part
      ] ?? '';
    proxy.fault = (line) => (line.includes(place) ? fault : undefined);
    await expect(pull(engine, `${proxy.host}/app:1`)).rejects.toThrow(/DATA_LOSS/);
    await expectNothing(engine);
  });

  it('believes neither false diff ids nor false sizes', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    const layers = [[noise('a')]];
    const lying: [string, TestImage][] = [
      ['diff', makeImage({ layers, lies: { diffIds: [`sha256:${'0'.repeat(64)}`] } })],
      ['count', makeImage({ layers, lies: { diffIds: [] } })],
      ['small', makeImage({ layers, lies: { layers: (all) => all.map((one) => ({ ...one, size: one.size - 10 })) } })],
      ['large', makeImage({ layers, lies: { layers: (all) => all.map((one) => ({ ...one, size: one.size + 10 })) } })],
    ];
    for (const [tag, image] of lying) {
      await pushImage(registry, 'lies', tag, image);
      await expect(pull(engine, `${registry.host}/lies:${tag}`)).rejects.toThrow(/DATA_LOSS/);
      await expectNothing(engine);
    }
  });

  it('refuses what is no container image', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    const image = makeImage({ layers: [] });
    const chart = json(image.manifest.mediaType, {
      schemaVersion: 2,
      mediaType: image.manifest.mediaType,
      config: {
        mediaType: 'application/vnd.cncf.helm.config.v1+json',
        digest: image.config.digest,
        size: image.config.content.length,
      },
      layers: [],
    });
    await pushImage(registry, 'chart', 'image', image);
    await pushManifest(registry, 'chart', '1', chart);
    await expect(pull(engine, `${registry.host}/chart:1`)).rejects.toThrow(/INVALID_ARGUMENT: .*not a container image/);
  });

  it('keeps what a dying registry sent, and takes it up in the next pull, also after a restart', async () => {
    await using registry = await startRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'small', content: 'x' }], [noise('a', 2_000_000)]] });
    await pushImage(registry, 'app', '1', image);
    const layer = `GET /v2/app/blobs/${image.layers[1]?.digest}`;
    proxy.fault = (line) =>
      line === layer ? (proxy.requests.length < 6 ? { cutAfter: 700_000 } : { status: 500 }) : undefined;
    await expect(pull(engine, `${proxy.host}/app:1`)).rejects.toThrow(/UNAVAILABLE/);
    const [part] = readdirSync(join(engine.state, 'ingest'));
    expect(statSync(join(engine.state, 'ingest', part ?? '')).size).toBeGreaterThan(100_000);
    await engine.worker[Symbol.asyncDispose]();
    await using second = await engine.start('1');
    proxy.fault = () => undefined;
    proxy.requests.length = 0;
    const said = await pull(second, `${proxy.host}/app:1`);
    expect(said[0]?.status).toBe('Already exists');
    expect(proxy.requests.find(({ line }) => line === layer)?.headers.range).toMatch(/^bytes=\d{6,}-$/);
    expect(readdirSync(join(engine.state, 'ingest'))).toEqual([]);
  });

  it('leaves nothing behind when it is cancelled', async () => {
    await using registry = await startRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'small' }], [noise('a')]] });
    await pushImage(registry, 'app', '1', image);
    const never = Promise.withResolvers<void>();
    proxy.fault = (line) => (line.includes(image.layers[1]?.digest ?? '') ? { hold: never.promise } : undefined);
    const abort = new AbortController();
    const pulling = pull(engine, `${proxy.host}/app:1`, { signal: abort.signal });
    await eventually(() =>
      expect(proxy.requests.some(({ line }) => line.includes(image.layers[1]?.digest ?? ''))).toBe(true),
    );
    abort.abort();
    await expect(pulling).rejects.toThrow();
    await eventually(() => expectNothing(engine));
    never.resolve();
  });

  it('says when the disk is full, leaves nothing on it, and goes on when there is room', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine({ diskSize: 4_000_000 });
    await pushImage(registry, 'app', 'large', makeImage({ layers: [[noise('a', 8_000_000)]] }));
    const zeros = { name: 'zeros', content: Buffer.alloc(8_000_000) };
    await pushImage(registry, 'app', 'dense', makeImage({ layers: [[zeros]] }));
    await pushImage(registry, 'app', 'small', makeImage({ layers: [[noise('b', 100_000)]] }));
    for (const tag of ['large', 'dense']) {
      await expect(pull(engine, `${registry.host}/app:${tag}`)).rejects.toThrow(
        /RESOURCE_EXHAUSTED: .*no space left on device/,
      );
      await expectNothing(engine);
    }
    await pull(engine, `${registry.host}/app:small`);
    await engine.images.remove({ id: `${registry.host}/app:small` });
  });
});
