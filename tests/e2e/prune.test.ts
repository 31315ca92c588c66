import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SystemServiceDefinition as EngineSystemServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/system';
import { NetworkServiceDefinition, SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { describeIf } from '@arcbox/testing';
import { hello } from './engine.ts';
import { times } from './long.ts';
import { oneEngine } from './one-engine.ts';

const needs = ['root', 'overlay', 'runc', 'conmon', 'nats-server'];

/** Bytes of disk of directories of the engine, as du(1) sees them. */
function onDisk(root: string, ...places: string[]): number {
  const output = execFileSync('du', ['-sxB1', '--', ...places.map((place) => join(root, place))], { encoding: 'utf8' });
  return output.split('\n').filter(Boolean).reduce((sum, line) => sum + Number.parseInt(line, 10), 0);
}

describeIf(needs, 'what takes room, and what a prune gives back', () => {
  const engine = oneEngine();
  const ok = (...args: string[]): Promise<string> => engine().ok(...args);
  const system = () => engine().client(SystemServiceDefinition);
  const further = () => engine().client(EngineSystemServiceDefinition);

  const write = (name: string, kilobytes: number, ...options: string[]): Promise<string> =>
    ok('run', '--name', name, '--network', 'none', ...options, hello, 'dd', 'if=/dev/urandom', 'of=/file', 'bs=1k', `count=${kilobytes}`);

  it('takes nothing from a container, a volume or a network that is coming to be used', async () => {
    const [containers, networks] = [engine().client(ContainerServiceDefinition), engine().client(NetworkServiceDefinition)];
    await ok('run', '-d', '--name', 'keeper', '--network', 'none', hello, 'sleep', '10000');
    const prune = () => system().prune({ types: ['images', 'volumes', 'networks'], all: true });
    for (let round = 0; round < times(5, 60); round++) {
      await ok('commit', '--pause=false', 'keeper', `busy:${round}`);
      const mounts = [{ type: 'volume', source: `data${round}`, target: '/data' }];
      const cmd = ['sh', '-c', 'echo x > /data/x && cat /data/x'];
      // Whoever comes after a prune is told so; who is in, stays in.
      const making = containers.create({ image: `busy:${round}`, networkMode: 'none', mounts, cmd }).catch(expectRefusal(/no such image/));
      const [made] = await Promise.all([making, prune()]);
      if (made) {
        await Promise.all([containers.start({ id: made.id }), prune()]);
        expect(await containers.wait({ id: made.id })).toMatchObject({ statusCode: 0n });
        await containers.remove({ id: made.id, volumes: true });
      }
      const { id: network } = await networks.create({ name: `net${round}` });
      const user = await containers.create({ image: hello, networkMode: `net${round}`, cmd: ['sleep', '1000'] });
      const starting = containers.start({ id: user.id }).catch(expectRefusal(/network/));
      const [started] = await Promise.all([starting, prune()]);
      if (started) expect((await networks.inspect({ id: network })).containers).toHaveProperty(user.id);
      else await expect(networks.inspect({ id: network })).rejects.toMatchObject({ code: 5 });
      await containers.remove({ id: user.id, force: true });
    }
    await system().prune({ types: ['images', 'volumes', 'networks'], all: true });
    await ok('rm', '-f', 'keeper');
    expect(await ok('system', 'check')).toContain('no problems');
  });

  it('is planned as it is done, item by item and byte by byte', async () => {
    await write('box', 300);
    await ok('commit', 'box', 'app:1');
    await ok('commit', '-c', 'LABEL keep=yes', 'box', 'kept:1');
    await ok('commit', 'box');
    await ok('run', '-d', '--name', 'web', '--network', 'none', '-v', '/data', 'app:1', 'sleep', '1000');
    await ok('create', '--name', 'done', '--network', 'none', '-v', '/data', 'kept:1', 'true');
    await ok('network', 'create', 'lonely');
    await ok('volume', 'create', 'named');

    const usage = await further().getDiskUsage({});
    const { root } = engine();
    const images = ['images/oci/blobs/sha256', 'images/layers'];
    // Beside the directories that hold them all, and the lower directory of images without layers.
    expect(Number(usage.layersSize)).toBe(onDisk(root, ...images.flatMap((place) => readdirSync(join(root, place)).map((name) => `${place}/${name}`))) - onDisk(root, 'images/layers/empty'));
    const sizeOf = (name: string): number => Number(usage.containers.find((container) => container.name === name)?.size);
    const homes = usage.containers.map(({ id }) => `containers/${id}`);
    const roots = readdirSync(join(root, 'images/roots')).map((name) => `images/roots/${name}`);
    expect(usage.containers.reduce((sum, { size }) => sum + Number(size), 0)).toBe(onDisk(root, ...homes, ...roots));
    expect(sizeOf('box')).toBeGreaterThan(300 * 1024);
    expect(usage.volumes.map(({ containers }) => containers).sort()).toEqual([0, 1, 1]);
    expect(usage.images.map(({ names: [name], containers }) => [name, containers]).sort()).toEqual(
      [['app:1', 1], ['kept:1', 1], [hello, 1], [undefined, 0]].sort(),
    );

    for (const request of [{ types: ['all'], all: true, filters: { label: 'keep' } }, { types: [] }, { types: ['all'], all: true }]) {
      const before = onDisk(root, 'images/oci/blobs', 'images/layers', 'images/roots', 'containers', 'volumes/data');
      const plan = await further().planPrune(request);
      const done = await system().prune(request);
      const going = (type: string) => plan.items.filter((item) => item.type === type && item.removed);
      expect(done.spaceReclaimed).toBe(plan.spaceReclaimed);
      expect([...done.containersDeleted].sort()).toEqual(going('container').map(({ id }) => id).sort());
      expect(done.networksDeleted).toEqual(going('network').map(({ name }) => name));
      expect(done.volumesDeleted).toEqual(going('volume').map(({ id }) => id));
      expect(done.imagesDeleted.filter((id) => going('image').some((item) => item.id === id))).toEqual(going('image').map(({ id }) => id));
      expect(before - onDisk(root, 'images/oci/blobs', 'images/layers', 'images/roots', 'containers', 'volumes/data')).toBe(Number(done.spaceReclaimed));
      const left = await further().planPrune(request);
      expect(left.items.map(({ type, id, removed }) => [type, id, removed]).sort()).toEqual(
        plan.items.filter(({ removed }) => !removed).map(({ type, id, removed }) => [type, id, removed]).sort(),
      );
    }
    const { items } = await further().planPrune({ types: ['all'], all: true });
    expect(items.map(({ type, name, reason }) => `${type} ${type === 'volume' ? '' : name}: ${reason}`).sort()).toEqual([
      'container web: running',
      'image app:1: used by container web',
      'network bridge: predefined',
      'network host: predefined',
      'network none: predefined',
      'volume : used by container web',
    ]);
    await ok('rm', '-fv', 'web');
  });
});

/** Undefined for an error that says why; fails for every other. */
const expectRefusal = (why: RegExp) => (error: unknown): undefined => void expect((error as Error).message).toMatch(why);
