import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { unimplemented } from '@arcbox/errors';
import type { StartWorker } from '@arcbox/lifecycle';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { serve, service } from '@arcbox/rpc';
import { describeIf, eventually, startInProcess, startRegistry } from '@arcbox/testing';
import { type Engine, pull, startEngine } from './engine.ts';
import { pushImage } from './push.ts';
import { makeImage } from './test-image.ts';

/** Files of the store below `<state>/images`, without the layer that is always there. */
const filesIn = ({ state }: Engine, name: string): string[] =>
  readdirSync(join(state, name)).filter((entry) => entry !== 'empty');

/** A containers worker in which containers of these images run. */
function containersOf(running: Set<string>): StartWorker {
  const missing = (): never => {
    throw unimplemented('not in this test');
  };
  const methods = Object.fromEntries(Object.keys(ContainerServiceDefinition.methods).map((name) => [name, missing]));
  const list = async ({ filters }: { filters: string }) => {
    const { ancestor } = JSON.parse(filters) as { ancestor: string[] };
    return { containers: ancestor.filter((id) => running.has(id)).map((id) => ({ id })) };
  };
  return async (host) => {
    const implementation = { ...methods, list } as unknown as Parameters<
      typeof service<typeof ContainerServiceDefinition>
    >[1];
    const server = await serve(host, [service(ContainerServiceDefinition, implementation)]);
    server.ready();
    return server;
  };
}

describeIf(['root', 'docker-registry', 'bsdtar'], 'image store', () => {
  it('lists and inspects what was pulled', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    const config = {
      User: 'app',
      Env: ['A=b'],
      Cmd: ['serve'],
      Entrypoint: ['/bin/x'],
      WorkingDir: '/srv',
      Hostname: 'h',
      Labels: { team: 'a', tier: 'web' },
      ExposedPorts: { '80/tcp': {} },
      Volumes: { '/data': {} },
    };
    const first = makeImage({ layers: [[{ name: 'a', content: '12345' }]], config });
    const second = makeImage({ layers: [[{ name: 'b', content: '123' }]], created: '2025-01-01T00:00:00Z' });
    await pushImage(registry, 'team/first', 'v1', first);
    await pushImage(registry, 'second', 'latest', second);
    const [one, two] = [`${registry.host}/team/first:v1`, `${registry.host}/second:latest`];
    await pull(engine, one);
    await pull(engine, two);
    await engine.images.tag({ source: first.id.slice(7, 20), repo: 'nginx', tag: '' });
    await engine.images.tag({ source: one, repo: 'nginx', tag: 'latest' });
    const { images } = await engine.images.list({ digests: true });
    expect(images).toEqual([
      {
        id: second.id,
        repoTags: [two],
        repoDigests: [`${registry.host}/second@${second.manifest.digest}`],
        created: 1735689600n,
        size: 3n,
        virtualSize: 3n,
        containers: 0n,
        labels: {},
      },
      {
        id: first.id,
        repoTags: ['nginx:latest', one],
        repoDigests: [`${registry.host}/team/first@${first.manifest.digest}`],
        created: 1714557600n,
        size: 5n,
        virtualSize: 5n,
        containers: 0n,
        labels: { team: 'a', tier: 'web' },
      },
    ]);
    const info = await engine.images.inspect({ id: 'nginx' });
    expect(info).toEqual({
      id: first.id,
      repoTags: ['nginx:latest', one],
      repoDigests: [`${registry.host}/team/first@${first.manifest.digest}`],
      parent: '',
      comment: '',
      created: '2024-05-01T10:00:00.123456789Z',
      author: 'a tester',
      architecture: info.architecture,
      os: 'linux',
      osVersion: '',
      size: 5n,
      virtualSize: 5n,
      config: {
        hostname: 'h',
        domainname: '',
        user: 'app',
        env: ['A=b'],
        cmd: ['serve'],
        entrypoint: ['/bin/x'],
        workingDir: '/srv',
        labels: { team: 'a', tier: 'web' },
        exposedPorts: { '80/tcp': {} },
        volumes: { '/data': {} },
      },
      rootFs: { type: 'layers', layers: [...first.diffIds] },
    });
    for (const id of [
      first.id,
      first.id.slice(7),
      first.id.slice(7, 19),
      one,
      `${registry.host}/team/first@${first.manifest.digest}`,
    ]) {
      await expect(engine.images.inspect({ id })).resolves.toMatchObject({ id: first.id });
    }
    const ids = async (filters: object): Promise<string[]> =>
      (await engine.images.list({ filters: JSON.stringify(filters) })).images.map(({ id }) =>
        id === first.id ? 'first' : 'second',
      );
    await expect(ids({ label: ['team=a', 'tier'] })).resolves.toEqual(['first']);
    await expect(ids({ label: ['team=a', 'tier=db'] })).resolves.toEqual([]);
    await expect(ids({ reference: { 'ngin?': true } })).resolves.toEqual(['first']);
    await expect(ids({ reference: [`${registry.host}/*`] })).resolves.toEqual(['second']);
    await expect(ids({ before: [two] })).resolves.toEqual(['first']);
    await expect(ids({ since: ['nginx'] })).resolves.toEqual(['second']);
    await expect(ids({ until: ['2024-12-31T00:00:00Z'] })).resolves.toEqual(['first']);
    await expect(ids({ dangling: ['true'] })).resolves.toEqual([]);
    await expect(ids({ colour: ['red'] })).rejects.toThrow('INVALID_ARGUMENT: unknown filter: colour');
    await expect(engine.images.list({ filters: '{' })).rejects.toThrow('INVALID_ARGUMENT: filters are not JSON');
    await expect(engine.images.inspect({ id: 'absent' })).rejects.toThrow('NOT_FOUND: no such image: absent');
    await expect(engine.images.exists({ reference: 'absent' })).resolves.toEqual({ exists: false, id: '' });
    await expect(engine.images.exists({ reference: 'a//b' })).rejects.toThrow('INVALID_ARGUMENT');
    await expect(engine.images.tag({ source: 'absent', repo: 'x' })).rejects.toThrow('NOT_FOUND');
    await expect(engine.images.tag({ source: 'nginx', repo: 'x', tag: '-bad' })).rejects.toThrow('INVALID_ARGUMENT');
    await expect(engine.images.tag({ source: 'nginx', repo: 'X' })).rejects.toThrow('INVALID_ARGUMENT');
    const { images: named } = await engine.names.list({});
    expect(named.map(({ name }) => name)).toEqual(['docker.io/library/nginx:latest', two, one]);
    await expect(engine.names.get({ name: one })).resolves.toMatchObject({
      image: { name: one, target: { digest: first.manifest.digest } },
    });
    await expect(engine.names.get({ name: 'nope' })).rejects.toThrow('NOT_FOUND');
    await expect(engine.imageStore.resolve({ image: 'nginx' })).resolves.toEqual({
      id: first.id,
      name: 'nginx:latest',
      manifestDigest: first.manifest.digest,
      config: first.config.content,
      size: 5n,
    });
  });

  it('removes names, then images, then what only they used', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    const shared = [{ name: 'shared', content: 'both' }];
    const first = makeImage({ layers: [shared, [{ name: 'a' }]] });
    const second = makeImage({ layers: [shared, [{ name: 'b' }]] });
    await pushImage(registry, 'first', '1', first);
    await pushImage(registry, 'second', '1', second);
    const [one, two] = [`${registry.host}/first:1`, `${registry.host}/second:1`];
    await pull(engine, one);
    await pull(engine, two);
    await engine.images.tag({ source: one, repo: 'other', tag: '' });
    await expect(engine.images.remove({ id: first.id })).rejects.toThrow(
      /FAILED_PRECONDITION: image .* has several names/,
    );
    await expect(engine.images.remove({ id: 'other' })).resolves.toEqual({ untagged: ['other:latest'], deleted: [] });
    await expect(engine.images.remove({ id: one })).resolves.toEqual({
      untagged: [one, `${registry.host}/first@${first.manifest.digest}`],
      deleted: [first.id, first.diffIds[1]],
    });
    await expect(engine.images.inspect({ id: first.id })).rejects.toThrow('NOT_FOUND');
    expect(filesIn(engine, 'layers').sort()).toEqual(second.diffIds.map((id) => id.slice(7)).sort());
    await engine.images.remove({ id: second.id });
    for (const place of ['layers', 'l', 'oci/blobs/sha256', 'ingest']) expect(filesIn(engine, place)).toEqual([]);
    await expect(engine.images.remove({ id: two })).rejects.toThrow('NOT_FOUND');
    await eventually(async () => {
      const said = (await engine.events()).map(({ action, actor }) => `${action} ${actor?.attributes['name'] ?? ''}`);
      expect(said).toEqual([
        `pull ${one}`,
        `pull ${two}`,
        'tag other:latest',
        'untag other:latest',
        `untag ${one}`,
        `untag ${registry.host}/first@${first.manifest.digest}`,
        `delete ${first.id}`,
        `untag ${two}`,
        `untag ${registry.host}/second@${second.manifest.digest}`,
        `delete ${second.id}`,
      ]);
    });
  });

  it('shows an image that lost its name to another as dangling, and moves the name', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    const reference = `${registry.host}/app:latest`;
    const [old, fresh] = [makeImage({ layers: [[{ name: 'old' }]] }), makeImage({ layers: [[{ name: 'new' }]] })];
    await pushImage(registry, 'app', 'latest', old);
    await pull(engine, reference);
    await pushImage(registry, 'app', 'latest', fresh);
    const said = await pull(engine, reference);
    expect(said.at(-1)?.status).toBe(`Status: Downloaded newer image for ${reference}`);
    await expect(engine.images.inspect({ id: reference })).resolves.toMatchObject({ id: fresh.id });
    const { images } = await engine.images.list({ filters: '{"dangling":["true"]}' });
    expect(images).toMatchObject([{ id: old.id, repoTags: ['<none>:<none>'] }]);
    await engine.images.remove({ id: old.id });
    expect(filesIn(engine, 'layers')).toHaveLength(1);
  });

  it('keeps images that containers use: a stopped one yields to force, a running one never', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    const running = new Set<string>();
    const image = makeImage({ layers: [[{ name: 'a' }]] });
    await pushImage(registry, 'app', '1', image);
    const id = `${registry.host}/app:1`;
    await pull(engine, id);
    const path = join(engine.root.path, 'rootfs');
    await engine.roots.prepare({ path, name: id });
    expect((await engine.images.list({})).images[0]?.containers).toBe(1n);
    // Nobody can say whether the container runs.
    await expect(engine.images.remove({ id, force: true })).rejects.toThrow('FAILED_PRECONDITION');
    const options = { root: engine.root, natsUrl: engine.nats.url };
    await using _containers = await startInProcess('containers', containersOf(running), options);
    await eventually(() => expect(engine.worker.host.directory.replicas('containers')).toHaveLength(1));
    running.add(image.id);
    await expect(engine.images.remove({ id, force: true })).rejects.toThrow(
      `FAILED_PRECONDITION: image ${id} is used by a running container`,
    );
    running.clear();
    await expect(engine.images.remove({ id })).rejects.toThrow(/FAILED_PRECONDITION: .* stopped container/);
    await expect(engine.images.remove({ id, force: true })).resolves.toMatchObject({ deleted: [image.id] });
    expect(filesIn(engine, 'layers')).toHaveLength(1);
    await engine.roots.cleanup({ path });
    expect(filesIn(engine, 'layers')).toEqual([]);
    expect(filesIn(engine, 'roots')).toEqual([]);
  });
});
