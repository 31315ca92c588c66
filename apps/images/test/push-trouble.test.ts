import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf, eventually, freePort, startRegistry } from '@arcbox/testing';
import { type Engine, pull, push, startEngine } from './engine.ts';
import { type Fault, type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { pushImage } from './push.ts';
import { startStrictRegistry } from './strict-registry.ts';
import { makeImage, type TestImage } from './test-image.ts';

const noisy = (bytes: number): TestImage => makeImage({ layers: [[{ name: 'a', content: randomBytes(bytes) }]] });

/** An image that is here and named `target`. */
async function obtain(engine: Engine, image: TestImage, target: string): Promise<void> {
  await using source = await startRegistry();
  await pushImage(source, 'app', '1', image);
  await pull(engine, `${source.host}/app:1`);
  const colon = target.lastIndexOf(':');
  const name = { repo: target.slice(0, colon), tag: target.slice(colon + 1) };
  await engine.images.tag({ source: `${source.host}/app:1`, ...name });
}

/** Does these to the first requests that begin so. */
function troubleAt(proxy: FaultProxy, method: string, place: string, faults: (Fault | undefined)[]): void {
  proxy.fault = (line) => (line.startsWith(`${method} `) && line.includes(place) ? faults.shift() : undefined);
}

const linesOf = ({ requests }: FaultProxy, method: string): string[] =>
  requests.map(({ line }) => line).filter((line) => line.startsWith(`${method} `));

describeIf(['root', 'docker-registry', 'bsdtar'], 'push to a registry in trouble', () => {
  it.each([
    ['broke in the middle of a layer', 'PUT', '/uploads/', { cutUploadAfter: 100_000 }],
    ['broke before it answered', 'PUT', '/uploads/', { loseAnswer: true }],
    ['opened no upload', 'POST', '/uploads/', { status: 503 }],
    ['throttled', 'POST', '/uploads/', { status: 429, headers: { 'retry-after': '1' } }],
    ['failed at the manifest', 'PUT', '/manifests/', { status: 500 }],
    ['failed at a look', 'HEAD', '/blobs/', { status: 502 }],
  ] as const)('tries again when it %s', async (_, method, place, fault) => {
    await using registry = await startRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const image = noisy(300_000);
    const target = `${proxy.host}/app:1`;
    await obtain(engine, image, target);
    troubleAt(proxy, method, place, [fault, fault]);
    const said = await push(engine, target);
    expect(said.at(-1)?.status).toContain(image.manifest.digest);
    await engine.images.remove({ id: target });
    await pull(engine, `${registry.host}/app:1`);
  });

  it('goes on where a connection broke, with a registry that can tell where', async () => {
    await using registry = await startStrictRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const image = noisy(3_000_000);
    const [layer] = image.layers;
    const target = `${proxy.host}/app:1`;
    await obtain(engine, image, target);
    let broken = 0;
    proxy.fault = (line) => {
      const isUpload = line.startsWith('PUT /uploads/') && line.includes(encodeURIComponent(layer?.digest ?? ''));
      const isRest = line.startsWith('PATCH ');
      return (isUpload || isRest) && broken++ < 3 ? { cutUploadAfter: 500_000 } : undefined;
    };
    await push(engine, target);
    expect(registry.blobs.has(layer?.digest ?? '')).toBe(true);
    const lengths = registry.bodies.filter((body) => body.startsWith('PATCH')).map((body) => Number(body.slice(6)));
    expect(lengths).toHaveLength(3);
    expect(lengths.toSorted((a, b) => b - a)).toEqual(lengths);
    expect(lengths.at(-1)).toBeLessThan(2_000_000);
    expect(registry.open.size).toBe(0);
  });

  it('asks how far a chunk came whose answer was lost', async () => {
    await using registry = await startStrictRegistry({ smallestChunk: 1_000_000 });
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const image = noisy(3_000_000);
    const target = `${proxy.host}/app:1`;
    await obtain(engine, image, target);
    troubleAt(proxy, 'PATCH', '/uploads/', [{ loseAnswer: true }]);
    await push(engine, target);
    expect(registry.blobs.has(image.layers[0]?.digest ?? '')).toBe(true);
    expect(linesOf(proxy, 'GET')).toHaveLength(1);
  });

  it('sends chunks when the registry wants them', async () => {
    await using registry = await startStrictRegistry({ smallestChunk: 40 * 2 ** 20 });
    await using engine = await startEngine();
    const image = noisy(41 * 2 ** 20);
    const [layer] = image.layers;
    await obtain(engine, image, `localhost:${registry.port}/app:1`);
    await push(engine, `localhost:${registry.port}/app:1`);
    expect(registry.blobs.has(layer?.digest ?? '')).toBe(true);
    const rest = (layer?.content.length ?? 0) - 40 * 2 ** 20;
    expect(registry.bodies).toEqual(expect.arrayContaining([`PATCH ${40 * 2 ** 20}`, `PATCH ${rest}`]));
  });

  it('sends smaller and smaller chunks when a blob is too large in one piece', async () => {
    await using registry = await startStrictRegistry({ largestBody: 1_000_000 });
    await using engine = await startEngine();
    const image = noisy(3_000_000);
    const [layer] = image.layers;
    await obtain(engine, image, `localhost:${registry.port}/app:1`);
    await push(engine, `localhost:${registry.port}/app:1`);
    expect(registry.blobs.has(layer?.digest ?? '')).toBe(true);
    expect(registry.open.size).toBe(0);
  });

  it.each([
    [401, '', 'UNAUTHENTICATED: registry HOST requires a login'],
    [403, 'DENIED', 'PERMISSION_DENIED: registry HOST denied access to blob sha256:ID: so it is'],
    [429, 'TOOMANYREQUESTS', 'RESOURCE_EXHAUSTED: registry HOST throttles: so it is'],
    [413, '', 'RESOURCE_EXHAUSTED: blob sha256:ID is too large for registry HOST'],
    [400, 'NAME_INVALID', 'INVALID_ARGUMENT: registry HOST does not accept blob sha256:ID: so it is'],
    [404, 'NAME_UNKNOWN', 'NOT_FOUND: blob sha256:ID not found: so it is'],
    [405, 'UNSUPPORTED', 'FAILED_PRECONDITION: registry HOST does not allow this for blob sha256:ID: so it is'],
  ])('says what a registry means by %d %s', async (status, code, message) => {
    await using registry = await startRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const target = `${proxy.host}/app:1`;
    await obtain(engine, noisy(1_000), target);
    const headers = { 'www-authenticate': 'Basic realm="x"', 'retry-after': '3600' };
    const body = code && JSON.stringify({ errors: [{ code, message: 'so it is' }] });
    proxy.fault = (line) => (line.startsWith('POST') ? { status, headers, body } : undefined);
    const failure = await push(engine, target).catch((error: Error) => error.message);
    expect(String(failure).replace(/sha256:[0-9a-f]{64}/, 'sha256:ID')).toContain(message.replace('HOST', proxy.host));
  });

  it('says when the registry refuses the manifest, or is not there', async () => {
    await using registry = await startRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const target = `${proxy.host}/app:1`;
    await obtain(engine, noisy(1_000), target);
    const body = '{"errors":[{"code":"MANIFEST_INVALID","message":"manifest invalid"}]}';
    proxy.fault = (line) => (line.includes('/manifests/') ? { status: 400, body } : undefined);
    await expect(push(engine, target)).rejects.toThrow(
      `INVALID_ARGUMENT: registry ${proxy.host} does not accept manifest for ${target}: manifest invalid`,
    );
    const nobody = `localhost:${await freePort()}/app`;
    await engine.images.tag({ source: target, repo: nobody, tag: '1' });
    await expect(push(engine, `${nobody}:1`)).rejects.toThrow(/UNAVAILABLE: registry .* connection refused/);
  });

  it('takes its uploads back when the caller leaves', async () => {
    await using registry = await startRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const target = `${proxy.host}/app:1`;
    await obtain(engine, noisy(1_000), target);
    const never = Promise.withResolvers<void>();
    proxy.fault = (line) => (line.startsWith('PUT') ? { hold: never.promise, cutUploadAfter: 10 } : undefined);
    const abort = new AbortController();
    const pushing = push(engine, target, { signal: abort.signal });
    await eventually(() => expect(linesOf(proxy, 'PUT').length).toBeGreaterThan(0));
    abort.abort();
    await expect(pushing).rejects.toThrow();
    await eventually(() => expect(linesOf(proxy, 'DELETE').length).toBeGreaterThan(0));
    never.resolve();
    const repository = join(registry.directory, 'data/docker/registry/v2/repositories/app');
    expect(readdirSync(repository)).not.toContain('_manifests');
    proxy.fault = () => undefined;
    await push(engine, target);
  });
});
