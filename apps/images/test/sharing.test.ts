import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf, eventually, startRegistry } from '@arcbox/testing';
import { pull, startEngine } from './engine.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { pushImage } from './push.ts';
import { makeImage } from './test-image.ts';

const noise = (name: string): { name: string; content: Buffer } => ({ name, content: randomBytes(300_000) });

const fetches = ({ requests }: FaultProxy, digest = ''): number =>
  requests.filter(({ line }) => line.endsWith(digest)).length;

describeIf(['root', 'docker-registry', 'bsdtar'], 'several pulls at once', () => {
  it('fetch a layer once, in one process and in several', async () => {
    await using registry = await startRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    await using second = await engine.start('1');
    const shared = [noise('shared')];
    const [one, two] = [
      makeImage({ layers: [shared, [noise('one')]] }),
      makeImage({ layers: [shared, [noise('two')]] }),
    ];
    await pushImage(registry, 'app', 'one', one);
    await pushImage(registry, 'app', 'two', two);
    const digest = one.layers[0]?.digest;
    expect(two.layers[0]?.digest).toBe(digest);
    const opened = Promise.withResolvers<void>();
    proxy.fault = (line) => (line.endsWith(digest ?? '') ? { hold: opened.promise } : undefined);
    const pulls = [engine, engine, second, second].map((replica, i) =>
      pull(replica, `${proxy.host}/app:${i % 2 ? 'one' : 'two'}`),
    );
    await eventually(() => expect(fetches(proxy, digest)).toBe(1));
    opened.resolve();
    const said = await Promise.all(pulls);
    expect(fetches(proxy, digest)).toBe(1);
    for (const news of said) expect(news.at(-1)?.status).toMatch(/^Status: /);
    expect(readdirSync(join(engine.state, 'layers'))).toHaveLength(4);
    expect(readdirSync(join(engine.state, 'ingest'))).toEqual([]);
  });

  it('one that is cancelled does not hurt the other', async () => {
    await using registry = await startRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const image = makeImage({ layers: [[noise('a')]] });
    await pushImage(registry, 'app', '1', image);
    const digest = image.layers[0]?.digest;
    const opened = Promise.withResolvers<void>();
    proxy.fault = (line) => (line.endsWith(digest ?? '') ? { hold: opened.promise } : undefined);
    const abort = new AbortController();
    const left = pull(engine, `${proxy.host}/app:1`, { signal: abort.signal });
    await eventually(() => expect(fetches(proxy, digest)).toBe(1));
    const said: string[] = [];
    const stayed = (async () => {
      for await (const { status } of engine.images.pull({ reference: `${proxy.host}/app:1` })) said.push(status);
    })();
    // Once it says so, it waits for the same layer.
    await eventually(() => expect(said).toContain('Pulling fs layer'));
    abort.abort();
    await expect(left).rejects.toThrow();
    opened.resolve();
    await stayed;
    expect(fetches(proxy, digest)).toBe(1);
    await expect(engine.images.exists({ reference: `${proxy.host}/app:1` })).resolves.toMatchObject({ exists: true });
  });

  it('a reader who does not read slows nobody', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    const image = makeImage({ layers: [[noise('a')], [noise('b')]] });
    await pushImage(registry, 'app', '1', image);
    const reading = engine.images.pull({ reference: `${registry.host}/app:1` })[Symbol.asyncIterator]();
    await reading.next();
    await eventually(async () =>
      expect((await engine.images.exists({ reference: `${registry.host}/app:1` })).exists).toBe(true),
    );
    const rest = [];
    for (let next; !(next = await reading.next()).done;) rest.push(next.value.status);
    expect(rest.at(-1)).toMatch(/^Status: Downloaded/);
  });

  it('removing an image while another with its layers is pulled leaves that one whole', async () => {
    await using registry = await startRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const shared = [noise('shared')];
    const [old, fresh] = [
      makeImage({ layers: [shared, [noise('old')]] }),
      makeImage({ layers: [shared, [noise('fresh')]] }),
    ];
    await pushImage(registry, 'app', 'old', old);
    await pushImage(registry, 'app', 'fresh', fresh);
    await pull(engine, `${proxy.host}/app:old`);
    const opened = Promise.withResolvers<void>();
    proxy.fault = (line) => (line.endsWith(fresh.layers[1]?.digest ?? '') ? { hold: opened.promise } : undefined);
    const pulling = pull(engine, `${proxy.host}/app:fresh`);
    await eventually(() => expect(fetches(proxy, fresh.layers[1]?.digest)).toBe(1));
    await using second = await engine.start('1');
    await expect(second.images.remove({ id: `${proxy.host}/app:old` })).resolves.toMatchObject({
      deleted: [old.id, old.diffIds[1]],
    });
    opened.resolve();
    await pulling;
    await engine.roots.prepare({ path: join(engine.root.path, 'rootfs'), name: `${proxy.host}/app:fresh` });
    await engine.roots.cleanup({ path: join(engine.root.path, 'rootfs') });
    expect(readdirSync(join(engine.state, 'layers')).sort()).toEqual(
      ['empty', ...fresh.diffIds.map((id) => id.slice(7))].sort(),
    );
  });
});
