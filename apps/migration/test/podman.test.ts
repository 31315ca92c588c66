import { execFileSync } from 'node:child_process';
import { setxattr } from '@arcbox/linux';
import { describeIf } from '@arcbox/testing';
import type { SourceEngine } from './dockerd.ts';
import { carryOut, needs, startEngine, type TestEngine } from './engine.ts';
import { startPodman } from './podman.ts';
import { contentOf } from './seen.ts';

/** podman raises limits by default, which a root without CAP_SYS_RESOURCE may not. */
const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];

describeIf([...needs, 'podman'], 'from a podman', () => {
  let podman: SourceEngine;
  let engine: TestEngine;
  beforeAll(async () => {
    podman = await startPodman();
    engine = await startEngine();
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await podman[Symbol.asyncDispose]();
  });

  it('images, volumes, networks and containers with what they wrote arrive', async () => {
    await podman.command('tag', 'base', 'example.org/team/app:1');
    await podman.command('volume', 'create', '--label', 'tier=db', 'data');
    const place = await podman.command('volume', 'inspect', '--format', '{{.Mountpoint}}', 'data');
    execFileSync('sh', ['-euc', 'echo hello > file; chown 5:6 file; ln file hard; truncate -s 1M sparse; mkdir -p d/e; ln -s x d/link'], { cwd: place });
    setxattr(`${place}/file`, 'user.colour', Buffer.from('red'));
    await podman.command('network', 'create', '--subnet', '10.204.7.0/24', 'mesh');
    await podman.command('run', '-d', '--name', 'db', '--network', 'none', ...limits, '-v', 'data:/data', 'base', 'sh', '-c', 'echo new > /etc/old; rm /etc/gone; mkdir /srv; echo deep > /srv/deep; trap exit TERM; sleep 1000 & wait');
    await podman.command('create', '--name', 'idle', '--network', 'mesh', '--ip', '10.204.7.9', ...limits, 'example.org/team/app:1', 'true');
    // It has begun to write.
    await podman.command('exec', 'db', 'sh', '-c', 'until test -e /srv/deep; do :; done');
    const kept = contentOf(place);

    const plan = await engine.migration.migrations.prepareMigration({ sourceKind: 'podman', sourceSocketPath: podman.socket });
    expect(plan).toMatchObject({ imageCount: 1, volumeCount: 1, networkCount: 1, containerCount: 2 });
    const told = await carryOut(engine.migration, plan.planId, { skipStart: true });
    expect(told.at(-1)).toMatchObject({ message: 'everything has arrived', success: true });
    const { here } = engine;
    const [image] = (await here.images.list({})).images;
    expect(image?.repoTags.toSorted()).toEqual(['example.org/team/app:1', 'localhost/base:latest']);
    const { mountpoint, labels } = await here.volumes.inspect({ name: 'data' });
    expect([labels, contentOf(mountpoint)]).toEqual([{ tier: 'db' }, kept]);
    expect((await here.networks.inspect({ id: 'mesh' })).ipam?.subnets[0]?.subnet).toBe('10.204.7.0/24');
    const states = (await here.containers.list({ all: true })).containers.map(({ names, state }) => [names[0]?.replace('/', ''), state]);
    expect(Object.fromEntries(states)).toEqual({ db: 'created', idle: 'created' });
    const [old, deep] = await Promise.all(['/etc/old', '/srv/deep'].map((path) => here.engineContainers.statPath({ id: 'db', path })));
    expect([old?.stat?.size, deep?.stat?.size]).toEqual([4n, 5n]);
    await expect(here.engineContainers.statPath({ id: 'db', path: '/etc/gone' })).rejects.toThrow('NOT_FOUND');
    expect(await podman.command('ps', '-q')).toBe('');
  });
});
