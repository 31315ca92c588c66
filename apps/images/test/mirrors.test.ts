import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf, freePort, startRegistry } from '@arcbox/testing';
import { type Engine, pull, push, startEngine } from './engine.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { pushImage } from './push.ts';
import { makeImage } from './test-image.ts';

function configure({ state }: Engine, host: string, text: string): void {
  const directory = join(state, 'registries', host);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'hosts.toml'), text);
}

const asked = ({ requests }: FaultProxy, part: string): number => requests.filter(({ line }) => line.includes(part)).length;

const account = { username: 'alice', password: 'wonder land:1' };

describeIf(['root', 'docker-registry', 'bsdtar', 'htpasswd'], 'mirrors', () => {
  it('serve instead of a registry that is not there, without a restart', async () => {
    await using registry = await startRegistry();
    await using mirror = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a' }]] });
    await pushImage(registry, 'team/app', '1', image);
    const reference = 'registry.invalid/team/app:1';
    await expect(pull(engine, reference)).rejects.toThrow(/UNAVAILABLE/);
    configure(engine, 'registry.invalid', `[host."http://${mirror.host}"]`);
    await pull(engine, reference, { auth: account });
    await expect(engine.images.exists({ reference })).resolves.toEqual({ exists: true, id: image.id });
    expect(mirror.requests.length).toBeGreaterThan(2);
    for (const { line, headers } of mirror.requests) {
      expect(line).toContain('?ns=registry.invalid');
      expect(headers.authorization).toBeUndefined();
    }
    configure(engine, 'registry.invalid', 'mirrors = []');
    await expect(pull(engine, reference)).rejects.toThrow(
      `FAILED_PRECONDITION: ${engine.state}/registries/registry.invalid/hosts.toml: unknown key "mirrors"`,
    );
  });

  it('are asked in their order, each for what it is there for', async () => {
    await using registry = await startRegistry();
    await using empty = await startRegistry();
    await using first = await startFaultProxy(empty.port);
    await using second = await startFaultProxy(registry.port);
    await using own = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a' }], [{ name: 'b' }]] });
    await pushImage(registry, 'app', '1', image);
    const down = await freePort();
    configure(
      engine,
      own.host,
      `server = "http://${own.host}"
      [host."http://localhost:${down}"]
      [host."http://${first.host}"]
      [host."http://${second.host}"]
      capabilities = ["pull"]
      [host."http://${second.host}".header]
      x-from = "arcbox"`,
    );
    await pull(engine, `${own.host}/app:1`);
    // The tag: only who may resolve. The rest: the first that has it, and nothing of the registry itself.
    expect(asked(first, '/manifests/')).toBe(1);
    expect(asked(second, '/manifests/')).toBe(0);
    expect(asked(own, '/manifests/')).toBe(1);
    expect(asked(second, '/blobs/')).toBe(3);
    expect(asked(own, '/blobs/')).toBe(0);
    expect(second.requests[0]?.headers['x-from']).toBe('arcbox');
    expect(own.requests[0]?.headers['x-from']).toBeUndefined();
    await expect(pull(engine, `${own.host}/app:none`)).rejects.toThrow(
      `NOT_FOUND: manifest for ${own.host}/app:none not found: manifest unknown (before that, localhost:${down}: `,
    );
  });

  it('that are broken, slow to answer or false are passed over, and nothing of theirs stays', async () => {
    await using registry = await startRegistry();
    await using mirror = await startFaultProxy(registry.port);
    await using own = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    configure(engine, own.host, `server = "http://${own.host}"\n[host."http://${mirror.host}"]`);
    const faults = {
      throttles: { status: 429, headers: { 'retry-after': '3600' } },
      fails: { status: 500 },
      denies: { status: 403 },
      lies: { corrupt: true },
      cuts: { cutAfter: 10 },
      shortens: { endAfter: 10 },
    };
    for (const [tag, fault] of Object.entries(faults)) {
      const image = makeImage({ layers: [[{ name: tag, content: tag.repeat(1_000) }]] });
      await pushImage(registry, 'app', tag, image);
      for (const part of ['/manifests/', image.config.digest, image.layers[0]?.digest ?? '']) {
        mirror.fault = (line) => (line.includes(part) ? fault : undefined);
        await pull(engine, `${own.host}/app:${tag}`);
        await expect(engine.images.exists({ reference: `${own.host}/app:${tag}` })).resolves.toMatchObject({ id: image.id });
        await engine.images.remove({ id: `${own.host}/app:${tag}` });
        expect(readdirSync(join(engine.state, 'ingest'))).toEqual([]);
      }
    }
  });

  it('never see the login of the registry, whatever they ask', async () => {
    await using registry = await startRegistry({ account });
    await using mirror = await startFaultProxy(registry.port);
    await using own = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    await pushImage(registry, 'secret', '1', makeImage({ layers: [[{ name: 'a' }]] }), account);
    configure(engine, own.host, `server = "http://${own.host}"\n[host."http://${mirror.host}"]`);
    await pull(engine, `${own.host}/secret:1`, { auth: { ...account, serveraddress: own.host } });
    expect(mirror.requests.length).toBeGreaterThan(0);
    for (const { headers } of mirror.requests) expect(headers.authorization).toBeUndefined();
    expect(own.requests.at(-1)?.headers.authorization).toMatch(/^Basic /);
  });

  it('get no pushes unless they are there for it', async () => {
    await using registry = await startRegistry();
    await using mirror = await startFaultProxy(registry.port);
    await using own = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    await pushImage(registry, 'app', '1', makeImage({ layers: [[{ name: 'a' }]] }));
    const pullOnly = `[host."http://${mirror.host}"]\ncapabilities = ["pull", "resolve"]`;
    configure(engine, own.host, `server = "http://${own.host}"\n${pullOnly}`);
    await pull(engine, `${own.host}/app:1`);
    expect(own.requests).toEqual([]);
    await engine.images.tag({ source: `${own.host}/app:1`, repo: `${own.host}/copy`, tag: '1' });
    await push(engine, `${own.host}/copy:1`);
    expect(mirror.requests.filter(({ line }) => !line.startsWith('GET /v2/app/'))).toEqual([]);
    expect(asked(own, 'PUT /v2/copy/manifests/1')).toBe(1);
    configure(engine, own.host, `server = "http://${own.host}"\ncapabilities = ["pull"]\n${pullOnly}`);
    await expect(push(engine, `${own.host}/copy:1`)).rejects.toThrow(
      `FAILED_PRECONDITION: no host of ${own.host} is configured to push`,
    );
  });

  it('are trusted as their entry says', async () => {
    await using registry = await startRegistry({ tls: true });
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a' }]] });
    await pushImage(registry, 'app', '1', image);
    const server = `server = "https://${registry.host}"`;
    const reference = 'tls.invalid/app:1';
    configure(engine, 'tls.invalid', server);
    await expect(pull(engine, reference)).rejects.toThrow(/UNAVAILABLE: registry .* cannot be trusted/);
    configure(engine, 'tls.invalid', `${server}\nca = "nope.pem"`);
    await expect(pull(engine, reference)).rejects.toThrow(/FAILED_PRECONDITION: certificate .*nope.pem cannot be read/);
    configure(engine, 'tls.invalid', `${server}\nca = "${registry.ca}"`);
    await pull(engine, reference);
    await engine.images.remove({ id: reference });
    configure(engine, 'tls.invalid', `${server}\nskip_verify = true`);
    await pull(engine, reference);
    configure(engine, 'tls.invalid', `server = "http://${registry.host}"`);
    await expect(pull(engine, reference)).rejects.toThrow();
  });
});
