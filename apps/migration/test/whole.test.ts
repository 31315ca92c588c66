import { execFileSync } from 'node:child_process';
import { setxattr } from '@arcbox/linux';
import { describeIf } from '@arcbox/testing';
import { type SourceEngine, startDockerd } from './dockerd.ts';
import { clear, migrate, needs, startEngine, type TestEngine } from './engine.ts';
import { contentOf, printedIn } from './seen.ts';

/** Files of all kinds. */
const plant = `echo hello > file; chown 5:6 file; chmod 4755 file; ln file hard; ln -s /nowhere link; mkfifo fifo; mknod null c 1 3; mkdir -p d/empty
  truncate -s 8M sparse; printf end >> sparse; touch -d @1234567890.123456789 file; chmod 1711 d; chown 7:8 .; chmod 750 .`;

/** How large a directory is, is the file system's affair. */
const withoutSize = (line: string): string => line.replace(/(\|4\w{3}\|\d+:\d+)\|\d+/, '$1');

describeIf([...needs, 'dockerd', 'docker'], 'from a dockerd', () => {
  let docker: SourceEngine;
  let engine: TestEngine;
  beforeAll(async () => {
    docker = await startDockerd();
    engine = await startEngine();
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await docker[Symbol.asyncDispose]();
  });
  afterEach(() => clear(engine.here));

  it('images with all names, volumes, networks with addresses, containers with what they wrote', async () => {
    await docker.command('tag', 'base', 'example.org/team/app:1');
    await docker.command('volume', 'create', '--label', 'tier=db', 'data');
    await docker.command('volume', 'create', 'lonely');
    const [data = '', lonely = ''] = (await docker.command('volume', 'inspect', '-f', '{{.Mountpoint}}', 'data', 'lonely')).split('\n');
    execFileSync('sh', ['-euc', plant], { cwd: data });
    setxattr(`${data}/file`, 'user.colour', Buffer.from('red'));
    setxattr(`${data}/file`, 'trusted.shape', Buffer.from('round'));
    execFileSync('sh', ['-euc', 'echo alone > f'], { cwd: lonely });
    await docker.command('network', 'create', '--subnet', '10.201.7.0/24', '--gateway', '10.201.7.254', '--ip-range', '10.201.7.128/25', '--label', 'a=b', 'mesh');
    await docker.command('run', '-d', '--name', 'db', '--network', 'mesh', '--ip', '10.201.7.9', '--network-alias', 'store', '-v', 'data:/data', '-e', 'A=1', 'base');
    await docker.command('exec', 'db', 'sh', '-c', 'rm -r /etc/gone; echo new > /etc/old; mkdir /srv; echo deep > /srv/deep; chown 3:4 /srv/deep');
    await docker.command('create', '--name', 'idle', 'base', 'true');
    await docker.command('run', '-d', '--name', 'frozen', '--network', 'none', 'base');
    await docker.command('pause', 'frozen');
    await docker.command('run', '-d', '--rm', '--name', 'fleeting', '--network', 'none', '-v', 'data:/data', 'base');
    const kept = [contentOf(data), contentOf(lonely)];
    expect(kept[0]).toContain(`file user.colour=${Buffer.from('red').toString('hex')}`);

    const { migrations } = engine.migration;
    const looked = await migrations.prepareMigration({ sourceKind: docker.socket, dryRun: true });
    expect(looked).toMatchObject({ planId: '', sourceKind: docker.socket, sourceSocketPath: docker.socket, imageCount: 1, volumeCount: 2, networkCount: 1, containerCount: 3, replacementsRequired: false });
    expect(looked.warnings).toContain('volume data: the container db, which uses it, will be stopped');
    expect(looked.warnings).toContain('volume data: the container fleeting goes on writing to it: it is not brought over, and not stopped');
    expect(looked.unsupportedResources).toEqual(['container fleeting: it removes itself when it is stopped']);
    expect((await engine.migration.engine.listMigrations({})).migrations).toEqual([]);

    const told = await migrate(engine, docker);
    const phases = [...new Set(told.map(({ phase }) => phase))];
    expect(phases).toEqual(['prepare', 'stop-source-containers', 'import-images', 'import-volumes', 'recreate-networks', 'recreate-containers', 'start-containers', 'complete']);
    expect(told.at(-1)).toMatchObject({ done: true, success: true, message: 'everything has arrived' });
    expect(told.filter(({ phase }) => phase === 'import-volumes').at(-1)).toMatchObject({ completed: 2, total: 2 });

    const [image] = (await engine.here.images.list({})).images;
    expect(image?.id).toBe(await docker.command('image', 'inspect', '-f', '{{.Id}}', 'base'));
    expect(image?.repoTags.toSorted()).toEqual(['base:latest', 'example.org/team/app:1']);
    const places = await Promise.all(['data', 'lonely'].map((name) => engine.here.volumes.inspect({ name })));
    expect(places.map(({ mountpoint }) => contentOf(mountpoint))).toEqual(kept);
    expect(Number(execFileSync('du', ['-B1', `${places[0]?.mountpoint}/sparse`], { encoding: 'utf8' }).split('\t')[0])).toBeLessThan(1_000_000);
    expect(places[0]?.labels).toEqual({ tier: 'db' });
    expect(await engine.here.networks.inspect({ id: 'mesh' })).toMatchObject({ labels: { a: 'b' }, ipam: { subnets: [{ subnet: '10.201.7.0/24', gateway: '10.201.7.254', ipRange: '10.201.7.128/25' }] } });

    const states = (await engine.here.containers.list({ all: true })).containers.map(({ names, state }) => [names[0]?.replace('/', ''), state]);
    expect(Object.fromEntries(states)).toEqual({ db: 'running', idle: 'created', frozen: 'paused' });
    expect(await printedIn(engine.here, 'db', 'sh', '-c', 'ip -4 addr show eth0 | grep -o 10.201.7.9; cat /data/file /etc/old /srv/deep; stat -c %u:%g /srv/deep; ls /etc/gone 2>&1; echo $A')).toBe(
      '10.201.7.9\nhello\nnew\ndeep\n3:4\nls: /etc/gone: No such file or directory\n1\n',
    );
    const there = await docker.command('ps', '-a', '--format', '{{.Names}} {{.State}}');
    expect(there.split('\n').sort()).toEqual(['db exited', 'fleeting running', 'frozen exited', 'idle created']);
    expect(await docker.command('diff', 'db')).toContain('D /etc/gone');
    const [kind] = (await engine.migration.engine.listMigrations({})).migrations;
    expect(kind).toMatchObject({ phase: 'complete', message: 'everything has arrived', state: 4 });
    // Whoever comes later hears how it ended.
    const again = await Array.fromAsync(migrations.runMigration({ planId: kind?.planId }));
    expect(again.at(-1)).toMatchObject({ done: true, success: true });
  });

  it('only creates what is not to be started', async () => {
    await docker.command('start', 'db');
    await migrate(engine, docker, { skipStart: true });
    expect(await engine.here.containers.inspect({ id: 'db' })).toMatchObject({ state: { running: false } });
  });
});

describeIf([...needs, 'dockerd', 'docker'], 'from a dockerd whose files nobody else sees', () => {
  it('volumes arrive through its api, which is told', async () => {
    await using docker = await startDockerd({ hidden: true });
    await using engine = await startEngine();
    // The one is seen by a container that is there, the other by nobody.
    await docker.command('run', '--name', 'web', '--network', 'none', '-v', 'used:/data', 'base', 'sh', '-c', `cd /data; ${plant.replace('.123456789', '')}; echo x > x; chown 70000:1 x`);
    await docker.command('run', '--name', 'past', '--network', 'none', '-v', 'lonely:/data', 'base', 'sh', '-c', 'echo alone > /data/f; touch -d @1234567890 /data /data/f');
    await docker.command('rm', 'past');
    const look = `cd /v; find . -exec stat -c '%n|%f|%u:%g|%s|%t:%T|%h|%Y' {} +; find . -type f -exec sha256sum {} +; find . -type l -exec readlink {} +`;
    const seen = async (volume: string): Promise<string[]> => (await docker.command('run', '--rm', '--network', 'none', '-v', `${volume}:/v`, 'base', 'sh', '-c', look)).split('\n').sort();
    const kept = [await seen('used'), await seen('lonely')];
    const told = await migrate(engine, docker);
    for (const name of ['used', 'lonely']) {
      expect(told.at(-1)?.warnings.join()).toContain(`volume ${name} was read through the source: extended attributes`);
      const { mountpoint } = await engine.here.volumes.inspect({ name });
      const here = execFileSync('sh', ['-euc', look.replace('cd /v', 'cd "$1"'), 'sh', mountpoint], { encoding: 'utf8' }).trim().split('\n').sort();
      expect(here.map(withoutSize)).toEqual(kept.shift()?.map(withoutSize));
    }
    expect(await docker.command('ps', '-a', '--format', '{{.Names}}')).toBe('web');
  });
});
