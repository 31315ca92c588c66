import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf, eventually, freePort, temporaryRoot, type TemporaryRoot } from '@arcbox/testing';
import { hello } from './engine.ts';
import { usually } from './long.ts';
import { block } from './migration/block.ts';
import { makeImages, needsOfBlog, posts, startBlog } from './migration/blog.ts';
import { makeRoot } from './migration/programs.ts';
import { type Inspected, settingsOf } from './migration/same-settings.ts';
import { type Source, startDockerd } from './migration/source.ts';
import { fill, listTree } from './migration/tree.ts';
import { oneEngine } from './one-engine.ts';
import { resultOf, startCommand } from './started-command.ts';

const needs = ['root', 'overlay', 'runc', 'conmon', 'nats-server', 'dockerd', 'docker', 'python3', ...needsOfBlog];

/** What is told when somebody is killed, in this order, and who it is. Of what happens while there is no gateway nobody hears. */
const allVictims: readonly [sign: string, victim: string][] = [
  ['Stopping containers there', 'migration-0'],
  ['Bringing over images', 'migration-0'],
  ['Bringing over volumes', 'migration-0'],
  ['Making networks', 'migration-0'],
  ['Making containers', 'gateway-0'],
];

/** Milliseconds that end what hangs: two engines have to start, and to stop what runs. */
const patience = 300_000;

const first = (text: string): Inspected => (JSON.parse(text) as Inspected[])[0] ?? {};

const untilToldToEnd = ['sh', '-c', 'trap exit INT TERM; sleep 10000 & wait'];

/** Container settings of all sorts, as options of `docker run`. */
const settings = [
  ...['--hostname', 'shop', '--env', 'B=c d', '--user', '1000:1000', '--workdir', '/tmp', '--label', 'team=blue', '-t', '-i'],
  ...['--restart', 'on-failure:3', '--stop-signal', 'INT', '--stop-timeout', '2', '--init', '--health-cmd', 'true', '--health-interval', '7s', '--health-retries', '2'],
  ...['--memory', '64m', '--memory-swap', '96m', '--memory-reservation', '32m', '--cpus', '0.5', '--cpu-shares', '512', '--cpuset-cpus', '0', '--pids-limit', '99', '--blkio-weight', '300'],
  ...['--cap-add', 'NET_ADMIN', '--cap-drop', 'CHOWN', '--security-opt', 'no-new-privileges', '--read-only', '--group-add', '7', '--shm-size', '32m'],
  ...['--ulimit', 'nofile=100:200', '--sysctl', 'net.ipv4.ip_forward=1', '--device', '/dev/null:/dev/nothing:r', '--device-cgroup-rule', 'c 1:3 r'],
  ...['--dns', '192.0.2.1', '--dns-search', 'example.org', '--dns-option', 'ndots:2', '--add-host', 'api:192.0.2.7', '--network-alias', 'front', '--expose', '99'],
  ...['--tmpfs', '/run:size=1m', '--mount', 'type=tmpfs,dst=/scratch,tmpfs-size=1m', '-v', 'data:/data:ro', '-v', '/anonymous', '-v', '/etc/hostname:/etc/theirs:ro'],
  ...['-p', '127.0.0.1::81/udp', '--pid', 'host', '--ipc', 'shareable', '--log-opt', 'max-size=1m', '--oom-score-adj', '900'],
];

describeIf(needs, 'migration from docker', () => {
  const engine = oneEngine();
  let files: TemporaryRoot;
  let docker: Source;

  beforeEach(async () => {
    files = temporaryRoot();
    docker = await startDockerd(join(files.path, 'docker'));
  });

  afterEach(async () => {
    await docker?.[Symbol.asyncDispose]();
    await files?.[Symbol.asyncDispose]();
  });

  const migrate = (...options: string[]): [string, ...string[]] => ['migrate', 'from', docker.socket, ...options];

  /** Names of all that an engine has. */
  async function everything(): Promise<string[]> {
    const { ok } = engine();
    const lists = [ok('ps', '-a', '--format', '{{.Names}} {{.State}}'), ok('images', '-a', '--format', '{{.Repository}}:{{.Tag}}'), ok('volume', 'ls', '-q'), ok('network', 'ls', '--format', '{{.Name}}')];
    return (await Promise.all(lists)).flatMap((text) => text.split('\n').sort());
  }

  it('a blog with a database, a volume and a published port answers as before', async () => {
    await makeImages(docker, files.path);
    const port = await freePort();
    await startBlog(docker, block(), port);
    await eventually(async () => expect(await posts(port, 'written on docker')).toContain('written on docker'));
    const before = await posts(port);

    const { code, stdout, stderr } = await engine().arcbox(...migrate('-y'));
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/IMAGES +VOLUMES +NETWORKS +CONTAINERS\n2 +1 +1 +2\n/);
    expect(await docker.ok('ps', '-q')).toBe('');
    await eventually(async () => expect(await posts(port)).toEqual(before));
    expect(await posts(port, 'written on arcbox')).toEqual([...before, 'written on arcbox']);
    await engine().ok('restart', 'blog-db');
    await eventually(async () => expect(await posts(port)).toEqual([...before, 'written on arcbox']));
    await engine().ok('rm', '-fv', 'blog-web', 'blog-db');
  }, patience);

  // Its parts are tested with the worker; all of it together takes a minute.
  const itAtLength = usually(undefined, it);
  itAtLength?.('brings everything over, though worker and gateway are killed; before that, who cancels finds all as it was', async () => {
    const root = join(files.path, 'root');
    await makeRoot(root);
    mkdirSync(join(root, 'data'));
    writeFileSync(join(root, 'data/of-image'), 'from the image');
    await docker.image('shop/app:1', root, 'ENV A=of-image', 'LABEL from=image', 'VOLUME /data', `CMD ${JSON.stringify(untilToldToEnd)}`);
    await docker.ok('tag', 'shop/app:1', 'shop/app:latest');
    await docker.ok('tag', 'shop/app:1', 'localhost:5000/other:2');
    const addresses = block();
    await docker.ok('network', 'create', '--subnet', `${addresses}.0/24`, '--gateway', `${addresses}.254`, '--label', 'tier=back', 'back');
    await docker.ok('network', 'create', '--internal', '--subnet', `${block()}.0/24`, 'inside');
    await docker.ok('volume', 'create', '--label', 'keep=yes', 'data');
    const there = await docker.ok('volume', 'inspect', '-f', '{{.Mountpoint}}', 'data');
    await fill(there);
    await docker.ok('run', '-d', '--name', 'shop', '--network', 'back', '--ip', `${addresses}.77`, ...settings, 'shop/app:1', ...untilToldToEnd);
    await docker.ok('network', 'connect', '--alias', 'cellar', 'inside', 'shop');
    await docker.ok('create', '--name', 'asleep', '--network', 'none', '--entrypoint', '/bin/echo', 'localhost:5000/other:2', 'once');
    await docker.ok('run', '--name', 'ended', '--network', 'none', 'shop/app:1', 'sh', '-c', 'echo kept > /tmp/kept');
    await docker.ok('run', '-d', '--name', 'guest', '--network', 'container:shop', '--volumes-from', 'ended:ro', 'shop/app:latest');
    await docker.ok('volume', 'create', 'of-nobody');
    const names = ['shop', 'guest', 'asleep', 'ended'];
    const theirs = new Map(await Promise.all(names.map(async (name) => [name, first(await docker.ok('inspect', name))] as const)));
    const tree = await listTree(there);
    const before = await everything();
    const volumes = await docker.ok('volume', 'ls', '-q');
    const plans = await engine().ok('migrate', 'ls', '-q');

    // Only looked at.
    const looked = await engine().arcbox(...migrate('--dry-run', '--json'));
    expect(JSON.parse(looked.stdout)).toMatchObject({ kind: 'plan', imageCount: 1, networkCount: 2, containerCount: 4, replacementsRequired: false, unsupportedResources: [] });
    expect(await everything()).toEqual(before);
    expect(await engine().ok('migrate', 'ls', '-q')).toBe(plans);

    // Cancelled by Ctrl-C.
    const wishes: NodeJS.Signals[] = ['SIGINT'];
    using given = startCommand(engine(), ...migrate('-y'));
    given.child.stdout.on('data', (data: Buffer) => {
      if (wishes.length > 0 && data.toString().includes('Bringing over volumes')) given.child.kill(wishes.pop());
    });
    expect(await resultOf(given)).toMatchObject({ code: 130, stderr: expect.stringContaining('everything is put back') as string });
    expect(await everything()).toEqual(before);
    expect((await docker.ok('ps', '--format', '{{.Names}}')).split('\n').sort()).toEqual(['guest', 'shop']);
    expect((await engine().ok('migrate', 'ls', '--format', '{{.State}}')).split('\n')[0]).toBe('cancelled');

    // Carried out by whoever is left.
    const victims = [...allVictims];
    using started = startCommand(engine(), ...migrate('-y'));
    started.child.stdout.on('data', (data: Buffer) => {
      const [sign, victim] = victims[0] ?? [];
      if (sign === undefined || victim === undefined || !data.toString().includes(sign)) return;
      victims.shift();
      engine().kill(victim);
    });
    const done = await resultOf(started);
    expect([done.code, victims, done.stderr]).toEqual([0, [], '']);

    expect(await docker.ok('ps', '-q')).toBe('');
    expect(await docker.ok('volume', 'ls', '-q')).toBe(volumes);
    expect((await engine().ok('ps', '--format', '{{.Names}}')).split('\n').sort()).toEqual(['guest', 'shop']);
    const ids = await Promise.all(['shop/app:1', 'shop/app:latest', 'localhost:5000/other:2'].map((name) => engine().ok('image', 'inspect', '-f', '{{.Id}}', name)));
    expect(new Set(ids)).toEqual(new Set([theirs.get('shop')?.['Image']]));
    expect(await listTree(await engine().ok('volume', 'inspect', '-f', '{{.Mountpoint}}', 'data'))).toBe(tree);
    expect(first(await engine().ok('volume', 'inspect', 'data'))).toMatchObject({ Labels: { keep: 'yes' } });
    expect(first(await engine().ok('network', 'inspect', 'back'))).toMatchObject({ Labels: { tier: 'back' }, IPAM: { Config: [{ Subnet: `${addresses}.0/24`, Gateway: `${addresses}.254` }] } });
    expect(first(await engine().ok('network', 'inspect', 'inside'))).toMatchObject({ Internal: true });
    for (const name of names) {
      expect(settingsOf(first(await engine().ok('inspect', name)))).toEqual(settingsOf(theirs.get(name) ?? {}));
    }
    expect(await engine().ok('exec', 'guest', 'cat', '/data/of-image')).toBe('from the image');
    await engine().ok('rm', '-fv', ...names.toReversed());
    await engine().ok('rmi', '-f', ...new Set(ids));
    expect(await engine().ok('images', '-q', hello)).not.toBe('');
  }, patience);
});
