import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf, temporaryRoot, type TemporaryRoot } from '@arcbox/testing';
import { Agent, request } from 'undici';
import { block } from './migration/block.ts';
import { makeRoot } from './migration/programs.ts';
import { type Inspected, settingsOf } from './migration/same-settings.ts';
import { type Source, startPodman } from './migration/source.ts';
import { fill, listTree } from './migration/tree.ts';
import { oneEngine } from './one-engine.ts';

const untilToldToEnd = ['sh', '-c', 'trap exit INT TERM; sleep 10000 & wait'];

/** podman raises limits by default, which a root without CAP_SYS_RESOURCE may not. */
const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1000:1000'];

const settings = [
  ...['--hostname', 'shop', '--env', 'B=c d', '--user', '1000:1000', '--workdir', '/tmp', '--label', 'team=blue', '-i'],
  ...['--restart', 'on-failure:3', '--stop-signal', 'INT', '--stop-timeout', '2', '--memory', '64m', '--cpus', '0.5', '--pids-limit', '99'],
  ...['--cap-add', 'NET_ADMIN', '--cap-drop', 'CHOWN', '--security-opt', 'no-new-privileges', '--read-only', '--shm-size', '32m'],
  ...['--device', '/dev/null:/dev/nothing', '--dns', '192.0.2.1', '--add-host', 'api:192.0.2.7', '--network-alias', 'front'],
  ...['-v', 'data:/data:ro', '-v', '/anonymous', '-v', '/etc/hostname:/etc/theirs:ro', '-p', '127.0.0.1::81/udp'],
];

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server', 'aardvark-dns', 'podman', 'python3'], 'migration from podman', () => {
  const engine = oneEngine();
  let files: TemporaryRoot;
  let podman: Source;

  beforeAll(async () => {
    files = temporaryRoot();
    podman = await startPodman(join(files.path, 'podman'));
  });

  afterAll(async () => {
    await podman?.[Symbol.asyncDispose]();
    await files?.[Symbol.asyncDispose]();
  });

  /** As its service tells it, to whom it is docker. */
  async function ask(path: string): Promise<Inspected> {
    await using stack = new AsyncDisposableStack();
    const dispatcher = new Agent({ connect: { socketPath: podman.socket } });
    stack.defer(() => dispatcher.close());
    const { body } = await request(`http://podman${path}`, { dispatcher });
    return (await body.json()) as Inspected;
  }

  it('brings everything over', async () => {
    const root = join(files.path, 'root');
    await makeRoot(root);
    mkdirSync(join(root, 'data'));
    writeFileSync(join(root, 'data/of-image'), 'from the image');
    await podman.image('localhost/shop/app:1', root, 'ENV A=of-image', 'LABEL from=image', `CMD ${JSON.stringify(untilToldToEnd)}`);
    await podman.ok('tag', 'localhost/shop/app:1', 'localhost/shop/app:latest', 'localhost:5000/other:2');
    const addresses = block();
    await podman.ok('network', 'create', '--subnet', `${addresses}.0/24`, '--gateway', `${addresses}.254`, '--label', 'tier=back', 'back');
    await podman.ok('volume', 'create', '--label', 'keep=yes', 'data');
    const there = await podman.ok('volume', 'inspect', '--format', '{{.Mountpoint}}', 'data');
    await fill(there);
    await podman.ok('run', '-d', '--name', 'shop', ...limits, '--network', 'back', '--ip', `${addresses}.77`, ...settings, 'localhost/shop/app:1');
    await podman.ok('create', '--name', 'asleep', ...limits, '--entrypoint', '/bin/echo', 'localhost:5000/other:2', 'once');
    const names = ['shop', 'asleep'];
    const theirs = new Map(await Promise.all(names.map(async (name) => [name, await ask(`/v1.41/containers/${name}/json`)] as const)));
    const tree = await listTree(there);

    const { code, stderr } = await engine().arcbox('migrate', 'from', podman.socket, '-y');
    expect([code, stderr]).toEqual([0, '']);
    expect(await podman.ok('ps', '-q')).toBe('');
    expect(await engine().ok('ps', '--format', '{{.Names}}')).toBe('shop');
    const ids = await Promise.all(['localhost/shop/app:1', 'localhost/shop/app', 'localhost:5000/other:2'].map((name) => engine().ok('image', 'inspect', '-f', '{{.Id}}', name)));
    expect(new Set(ids)).toEqual(new Set([theirs.get('shop')?.['Image']]));
    expect(await listTree(await engine().ok('volume', 'inspect', '-f', '{{.Mountpoint}}', 'data'))).toBe(tree);
    expect(JSON.parse(await engine().ok('volume', 'inspect', 'data'))).toMatchObject([{ Labels: { keep: 'yes' } }]);
    expect(JSON.parse(await engine().ok('network', 'inspect', 'back'))).toMatchObject([{ Labels: { tier: 'back' }, IPAM: { Config: [{ Subnet: `${addresses}.0/24`, Gateway: `${addresses}.254` }] } }]);
    for (const name of names) {
      const [ours] = JSON.parse(await engine().ok('inspect', name)) as Inspected[];
      expect(settingsOf(ours ?? {})).toEqual(settingsOf(theirs.get(name) ?? {}));
    }
  }, 300_000);
});
