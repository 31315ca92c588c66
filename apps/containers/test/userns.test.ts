import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lgetxattr, mount, MountFlag, readMounts, setxattr, unmount } from '@arcbox/linux';
import type { CreateOptions, DeepPartial } from '@arcbox/proto/arcbox/engine/v1/container';
import { describeIf, eventually } from '@arcbox/testing';
import { BoundedQueue } from '@arcbox/stream';
import { startWorkerWith } from '../src/worker.ts';
import { attachTo, collect, needs, type Replica, startEngine, type TestEngine, textOf } from './engine.ts';

type Options = DeepPartial<CreateOptions>;
type Request = Parameters<TestEngine['containers']['create']>[0];

/** Ids that containers share, and those of which two can have their own. */
const first = 300_000;
const pool = 1_000_000;
const count = 65_536;

let engine: TestEngine;

async function make(cmd: string[], options: Options = {}, request: Request = {}): Promise<string> {
  return (await engine.engine.create({ container: { image: 'busybox', cmd, ...request }, options })).id;
}

async function start(cmd: string[], options: Options = {}, request: Request = {}): Promise<string> {
  const id = await make(cmd, options, request);
  await engine.containers.start({ id });
  return id;
}

async function said(script: string, options: Options = {}, request: Request = {}): Promise<string> {
  const id = await start(['sh', '-c', `(${script}) 2>&1`], options, request);
  await engine.containers.wait({ id });
  const text = textOf(await collect(engine.containers.logs({ containerId: id })));
  await engine.containers.remove({ id, volumes: true });
  return text;
}

async function execute(containerId: string, cmd: string[], wish: object = {}): Promise<string> {
  const { id } = await engine.containers.execCreate({ containerId, cmd, attachStdout: true, attachStderr: true, ...wish });
  const outputs = await collect(engine.containers.execStart({ id }));
  return Buffer.concat(outputs.map(({ data }) => Buffer.from(data))).toString();
}

/** What the container has written, as it is on disk. */
const upperOf = (id: string): string => join(engine.root.paths.state, 'fake-upper', join(engine.root.paths.state, 'containers', id, 'rootfs').replaceAll('/', '_'), 'up');

const ownerOf = (path: string): string => {
  const { uid, gid } = lstatSync(path);
  return `${uid}:${gid}`;
};

/** cap_dac_override=ep: struct vfs_cap_data, whoever is root. */
const capability = '\x01\0\0\x02\x02' + '\0'.repeat(15);

const mapOf = (outside: number): string[] => ['0', String(outside), String(count)];
const words = (text: string): string[] => text.trim().split(/\s+/);

describeIf(needs, 'containers with user ids of their own', () => {
  let poor: Replica;
  beforeAll(async () => {
    engine = await startEngine({ start: startWorkerWith({ remapping: { remap: 'default', subordinateIds: '/nonexistent' } }) });
    const directory = join(engine.root.path, 'subordinate');
    mkdirSync(directory);
    for (const file of ['subuid', 'subgid']) writeFileSync(join(directory, file), `other:1:5\narcbox:${first}:${count}\narcbox-auto:${pool}:${2 * count + 9}\n`);
    poor = { worker: engine.worker, containers: engine.containers, engine: engine.engine };
    const able = await engine.replica('able', startWorkerWith({ remapping: { remap: 'default', subordinateIds: directory } }));
    engine = { ...engine, containers: able.containers, engine: able.engine };
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
  });

  it('are root in their namespace only, and nobody outside', async () => {
    const secret = join(engine.root.path, 'secret');
    writeFileSync(secret, 'the host');
    chmodSync(secret, 0o600);
    const script = 'id -u; cat /proc/self/uid_map /proc/self/gid_map; cat /secret; stat -c %u:%g /secret / /bin /etc/hosts /etc/resolv.conf /dev/shm; readlink /proc/self/ns/user';
    const text = await said(script, {}, { mounts: [{ type: 'bind', source: secret, target: '/secret' }] });
    const [uid, ...rest] = words(text);
    expect(uid).toBe('0');
    expect(rest.slice(0, 6)).toEqual([...mapOf(first), ...mapOf(first)]);
    expect(text).toContain("can't open '/secret': Permission denied");
    expect(rest.slice(-7, -1)).toEqual(['65534:65534', '0:0', '0:0', '0:0', '0:0', '0:0']);
    expect(rest.at(-1)).not.toBe(readlinkSync('/proc/self/ns/user'));
  });

  it('have the host see their processes as those of ids that are nobody there', async () => {
    const id = await start(['sh', '-c', 'exec sleep 1000'], {}, { user: 'worker' });
    const { pid } = (await engine.containers.inspect({ id })).state ?? {};
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(new RegExp(`^Uid:\\s+${first + 1000}\\s[^]*^Gid:\\s+${first + 1001}\\s`, 'm'));
    await engine.containers.remove({ id, force: true });
  });

  it('write files that are on disk as in an image, whiteouts and capabilities too', async () => {
    const id = await start(['sh', '-c', 'touch /root/f; chown 5:6 /root/f; mkdir /d; touch /d/x; chmod 4755 /d/x; rm /data/from-image; rm -r /tmp; mkdir -m 700 /tmp; mkfifo /p; ln /root/f /hard; exec sleep 1000']);
    const upper = upperOf(id);
    await eventually(() => lstatSync(join(upper, 'hard')));
    expect(['root/f', 'hard', 'd', 'd/x', 'p', 'tmp'].map((name) => ownerOf(join(upper, name)))).toEqual(['5:6', '5:6', '0:0', '0:0', '0:0', '0:0']);
    expect(lstatSync(join(upper, 'd/x')).mode & 0o7777).toBe(0o4755);
    expect(lstatSync(join(upper, 'data/from-image'))).toMatchObject({ rdev: 0 });
    expect(lgetxattr(join(upper, 'tmp'), 'trusted.overlay.opaque')?.toString()).toBe('y');
    const { changes } = await engine.engine.changes({ id });
    expect(changes.map(({ path }) => path)).toEqual(['/d', '/d/x', '/data', '/data/from-image', '/hard', '/p', '/root', '/root/f', '/tmp']);
    await engine.containers.remove({ id, force: true });
  });

  it('of builds get their root and what else the engine mounts with their ids, whatever it lies on', async () => {
    const ground = join(engine.root.path, 'ground');
    const at = (...names: string[]): string => join(ground, ...names);
    for (const name of ['upper', 'work', 'files', 'root', 'memory', 'lower/t', 'merged']) mkdirSync(at(name), { recursive: true });
    const base = join(engine.root.paths.state, 'fake-image');
    const [rootOptions, otherOptions] = [[`lowerdir=${base}`, `upperdir=${at('upper')}`, `workdir=${at('work')}`], [`lowerdir=${at('lower')}:${base}`]];
    using stack = new DisposableStack();
    for (const place of ['memory', 'merged']) stack.defer(() => unmount(at(place)));
    mount({ type: 'tmpfs', source: 'secrets', target: at('memory'), flags: MountFlag.nosuid | MountFlag.nodev | MountFlag.noexec });
    mount({ type: 'overlay', source: 'overlay', target: at('merged'), data: otherOptions.join(',') });
    for (const file of ['memory/secret', 'files/f', 'lower/t/f']) writeFileSync(at(file), '', { mode: 0o600 });
    const mounts = ['memory/secret', 'files', 'merged/t'].map((name, i) => ({ type: 'bind', source: at(name), target: `/m${i}`, readonly: i !== 1 }));
    const overlays = [{ path: at('root'), options: rootOptions }, { path: at('merged'), options: otherOptions }];
    const script = 'cat /m0 /m1/f /m2/f && touch /made /m1/made && stat -c %u:%g /m0 /m1/f /m1/made /m2/f / /made && cat /proc/self/uid_map';
    const { id } = await engine.engine.create({ container: { image: 'build', cmd: ['sh', '-c', script], mounts, env: { PATH: '/bin' } }, internal: { rootfs: at('root'), overlays } });
    await engine.containers.start({ id });
    await engine.containers.wait({ id });
    expect(words(textOf(await collect(engine.containers.logs({ containerId: id }))))).toEqual([...Array.from({ length: 6 }, () => '0:0'), ...mapOf(first)]);
    await engine.containers.remove({ id });
    expect([ownerOf(at('upper/made')), ownerOf(at('files/made'))]).toEqual(['0:0', '0:0']);
    for (const place of ['memory', 'merged']) unmount(at(place));
    expect(readMounts().filter((path) => path.startsWith(ground))).toEqual([]);
    // One of the host, which lies on such a mount.
    mount({ type: 'tmpfs', source: 'plain', target: at('memory'), flags: MountFlag.nosuid | MountFlag.nodev });
    writeFileSync(at('memory/open'), 'to read\n', { mode: 0o644 });
    expect(await said('cat /m; echo x > /m', {}, { mounts: [{ type: 'bind', source: at('memory/open'), target: '/m', readonly: true }] })).toMatch(/^to read\n.*Read-only file system/);
  });

  it('share volumes with those of the host, who see the same owners', async () => {
    const mounts = [{ type: 'volume', source: 'shared', target: '/data' }];
    const wrote = await said('stat -c %u:%g /data/from-image; touch /data/own; mkdir /data/d; chown 7:8 /data/own; ls -ln /data', {}, { mounts });
    expect(wrote).toMatch(/^0:0\n/);
    const read = await said('stat -c %u:%g /data/from-image /data/own /data/d; cat /proc/self/uid_map', { usernsMode: 'host' }, { mounts });
    expect(words(read)).toEqual(['0:0', '7:8', '0:0', '0', '0', '4294967295']);
    expect(ownerOf(join(engine.root.paths.state, 'fake-volumes/shared/own'))).toBe('7:8');
    const part = [{ mount: { type: 'volume', source: 'shared', target: '/part' }, subpath: 'd' }];
    expect(await said('touch /part/x; stat -c %u:%g /part /part/x', { mounts: part })).toBe('0:0\n0:0\n');
    expect(await said('touch /data/x; echo $?', {}, { mounts: [{ ...mounts[0], readonly: true }] })).toContain('Read-only file system\n1');
  });

  it('have streams, terminals and executed programs that are theirs', async () => {
    expect(await said('echo direct > /dev/stdout; echo as well > /proc/self/fd/2', {}, { user: 'worker' })).toBe('direct\nas well\n');
    const id = await start(['sleep', '1000'], { init: true });
    expect(words(await execute(id, ['sh', '-c', 'id -u; cat /proc/self/uid_map; cat /proc/1/comm'])).slice(0, 5)).toEqual(['0', ...mapOf(first), 'docker-init']);
    expect(await execute(id, ['id', '-un'], { user: 'worker' })).toBe('worker\n');
    expect(words(await execute(id, ['sh', '-c', 'tty; stat -c %u:%g $(tty); echo x > /dev/tty'], { tty: true, user: '5:6' }))).toEqual(['/dev/pts/0', '5:5', 'x']);
    await engine.containers.remove({ id, force: true });
    const terminal = await make(['sh', '-c', 'read line; echo "$line $(tty) $(stat -c %u /dev/console)" > /dev/tty'], {}, { tty: true, stdinOpen: true });
    const input = new BoundedQueue<{ data: Buffer }>(10);
    const seen = collect(engine.containers.attach(input, { metadata: attachTo(terminal) }));
    await engine.containers.start({ id: terminal });
    await input.push({ data: Buffer.from('typed\n') });
    await engine.containers.wait({ id: terminal });
    expect(Buffer.concat((await seen).map(({ data }) => Buffer.from(data))).toString()).toContain('typed /dev/pts/0 0\r\n');
    await engine.containers.remove({ id: terminal });
  });

  it('have mounts, devices and kernel parameters of their own', async () => {
    const options: Options = {
      tmpfs: { '/scratch': 'uid=3,mode=700' },
      sysctls: { 'net.ipv4.ip_forward': '1', 'kernel.msgmax': '9000' },
      devices: [{ hostPath: '/dev/zero', containerPath: '/dev/other/zero', permissions: 'r' }],
      ipcMode: 'shareable',
      readOnly: true,
    };
    const script = 'stat -c %u:%a /scratch; cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax; head -c 3 /dev/other/zero | wc -c; stat -c %u:%a /dev/shm; touch /x; touch /scratch/x && ls /scratch; ping -c1 -w5 127.0.0.1 | grep -o " 0% packet loss"; mknod /scratch/n c 1 3; mount -t proc proc /scratch';
    for (const networkMode of ['none', 'bridge']) {
      const text = await said(script, options, { networkMode });
      expect(text.split('\n').slice(0, 5)).toEqual(['3:700', '1', '9000', '3', '0:1777']);
      expect(text).toContain('/x: Read-only file system\nx\n 0% packet loss\nmknod: /scratch/n: Operation not permitted\nmount: permission denied');
    }
  });

  it('see the memory and queues that the host shares', async () => {
    expect(await said('stat -c %a /dev/shm /dev/mqueue; readlink /proc/self/ns/ipc', { ipcMode: 'host' })).toBe(`1777\n1777\n${readlinkSync('/proc/self/ns/ipc')}\n`);
  });

  it('give their namespaces to those with the same ids', async () => {
    const donor = await start(['sh', '-c', 'echo $$ > /dev/shm/f; exec sleep 1000'], { usernsMode: 'auto', ipcMode: 'shareable' });
    const script = 'cat /dev/shm/f; cat /proc/self/uid_map; readlink /proc/self/ns/user; readlink /proc/self/ns/net; ip link set lo down && echo changed';
    const text = words(await said(script, { ipcMode: `container:${donor}`, pidMode: `container:${donor}`, capAdd: ['NET_ADMIN'] }, { networkMode: `container:${donor}` }));
    const { pid } = (await engine.containers.inspect({ id: donor })).state ?? {};
    const namespaces = ['user', 'net'].map((name) => readlinkSync(`/proc/${pid}/ns/${name}`));
    expect(text).toEqual(['1', ...mapOf(pool), ...namespaces, 'changed']);
    const stranger = await start(['sleep', '1000'], { usernsMode: 'host', ipcMode: 'shareable' });
    await expect(make(['true'], { ipcMode: `container:${stranger}` })).rejects.toThrow('has no user namespace to share');
    await expect(make(['true'], { ipcMode: `container:${donor}`, pidMode: `container:${stranger}` })).rejects.toThrow('have different user ids');
    await engine.containers.kill({ id: donor, signal: 'KILL' });
    await engine.containers.wait({ id: donor });
    const late = await make(['true'], {}, { networkMode: `container:${donor}` });
    await expect(engine.containers.start({ id: late })).rejects.toThrow('cannot join namespaces of a container that is not running');
    for (const id of [donor, stranger, late]) await engine.containers.remove({ id, force: true });
  });

  it('have ids that no other has, where these are asked for, until there are none', async () => {
    const made = await Promise.all([1, 2].map(() => make(['cat', '/proc/self/uid_map'], { usernsMode: 'auto' })));
    await expect(make(['true'], { usernsMode: 'auto' })).rejects.toThrow('RESOURCE_EXHAUSTED: all ids of arcbox-auto are taken');
    for (const id of made) {
      await engine.containers.start({ id });
      await engine.containers.wait({ id });
    }
    const maps = await Promise.all(made.map(async (containerId) => words(textOf(await collect(engine.containers.logs({ containerId }))))));
    expect(maps.toSorted()).toEqual([mapOf(pool), mapOf(pool + count)]);
    const [gone = '', other = ''] = made;
    await engine.containers.remove({ id: gone });
    expect(words(await said('cat /proc/self/gid_map', { usernsMode: 'auto' }))).toEqual(maps[made.indexOf(gone)]);
    await engine.containers.remove({ id: other });
  });

  it.each(['running', 'created'])('have files copied to and from them with their owners when they are %s', async (state) => {
    const id = await make(['sh', '-c', 'touch /ready; exec sleep 1000'], {}, { mounts: [{ type: 'volume', source: `files-${state}`, target: '/deep/vol' }] });
    if (state === 'running') await engine.containers.start({ id });
    const source = join(engine.root.path, `source-${state}`);
    execFileSync('sh', ['-euc', `mkdir -p ${source}/n; cd ${source}; echo x > n/f; chown 11:12 n/f; cp /bin/busybox grep`]);
    setxattr(join(source, 'grep'), 'security.capability', Buffer.from(capability, 'latin1'));
    const archive = execFileSync('tar', ['-c', '--xattrs', '--xattrs-include=*', '--format=pax', '-C', source, '.'], { maxBuffer: 2 ** 26 });
    const write = (path: string, options: object) => engine.engine.writeArchive(pieces(archive, { id, path, ...options }));
    await write('/root', { copyOwnership: true });
    await write('/deep/vol', {});
    const volume = join(engine.root.paths.state, `fake-volumes/files-${state}`);
    expect(['root', 'root/n', 'root/n/f', 'deep', 'deep/vol'].map((name) => ownerOf(join(upperOf(id), name)))).toEqual(['0:0', '0:0', '11:12', '0:0', '0:0']);
    expect([ownerOf(join(volume, 'n')), ownerOf(join(volume, 'n/f'))]).toEqual(['0:0', '0:0']);
    const read = Buffer.concat((await collect(engine.engine.readArchive({ id, path: '/root' }))).map(({ data }) => data));
    const listed = execFileSync('tar', ['-tv', '--numeric-owner'], { input: read, encoding: 'utf8' });
    expect(listed).toMatch(/ 0\/0 .* root\/grep$[^]* 11\/12 .* root\/n\/f$/m);
    expect(read.includes(`SCHILY.xattr.security.capability=${capability}\n`)).toBe(true);
    if (state === 'created') await engine.containers.start({ id });
    await eventually(() => lstatSync(join(upperOf(id), 'ready')));
    expect(await execute(id, ['/root/grep', 'CapEff', '/proc/self/status'], { user: 'worker' })).toMatch(/CapEff:\s+0000000000000002/);
    const far = execFileSync('tar', ['-c', '--owner=:70000', '--group=:0', '-C', source, 'n']);
    await expect(engine.engine.writeArchive(pieces(far, { id, path: '/', copyOwnership: true }))).rejects.toThrow('has no such owner in its user namespace: 70000:0');
    await engine.containers.remove({ id, force: true, volumes: true });
  });

  it('refuse what does not go together, as Docker does', async () => {
    await expect(make(['true'], { privileged: true })).rejects.toThrow('INVALID_ARGUMENT: privileged mode is incompatible with user namespaces');
    await expect(make(['true'], {}, { networkMode: 'host' })).rejects.toThrow("cannot share the host's network namespace when user namespaces are enabled");
    await expect(make(['true'], { pidMode: 'host' })).rejects.toThrow('cannot share the host PID namespace when user namespaces are enabled');
    await expect(make(['true'], { usernsMode: 'mine' })).rejects.toThrow('invalid USER mode: mine');
    expect(words(await said('cat /proc/self/uid_map', { usernsMode: 'host', privileged: true, pidMode: 'host' }, { networkMode: 'host' }))).toEqual(['0', '0', '4294967295']);
  });

  it('say which file of the host is gone that they mount', async () => {
    const source = join(engine.root.path, 'gone');
    writeFileSync(source, '');
    const id = await make(['true'], {}, { mounts: [{ type: 'bind', source, target: '/gone' }] });
    rmSync(source);
    await expect(engine.containers.start({ id })).rejects.toThrow(`FAILED_PRECONDITION: bind source path does not exist: ${source}`);
    await engine.containers.remove({ id });
  });

  it('are refused where the host has no ids to give', async () => {
    const missing = '/nonexistent/subuid has no line arcbox:START:65536';
    await expect(poor.containers.create({ image: 'busybox', cmd: ['true'] })).rejects.toThrow(`FAILED_PRECONDITION: user namespaces need subordinate ids: ${missing}`);
    await expect(poor.engine.create({ container: { image: 'busybox', cmd: ['true'] }, options: { usernsMode: 'auto' } })).rejects.toThrow('has no line arcbox-auto:START:65536');
    expect((await poor.engine.create({ container: { image: 'busybox', cmd: ['true'], name: 'free' }, options: { usernsMode: 'host' } })).id).not.toBe('');
    await engine.containers.remove({ id: 'free' });
  });

  it('start again, tell how they are, and leave nothing', async () => {
    const id = await make(['sh', '-c', 'echo x >> /n; wc -l < /n; exec sleep 1000'], { usernsMode: 'remap', ipcMode: 'shareable' }, { mounts: [{ type: 'volume', source: '', target: '/data' }] });
    const { run } = engine.root.paths;
    for (const lines of ['1\n', '1\n2\n']) {
      await engine.containers.start({ id });
      expect(readdirSync(join(run, 'roots'))).toEqual([id]);
      await eventually(async () => expect(textOf(await collect(engine.containers.logs({ containerId: id })))).toBe(lines));
      await engine.containers.kill({ id, signal: 'KILL' });
      await engine.containers.wait({ id });
    }
    expect((await engine.engine.inspect({ id })).options?.usernsMode).toBe('remap');
    await engine.containers.remove({ id, volumes: true });
    expect(readMounts().filter((path) => path.startsWith(engine.root.path))).toEqual([]);
    expect([...readdirSync(join(run, 'roots')), ...readdirSync(join(run, 'layers'))]).toEqual([]);
    expect(existsSync(join(engine.root.paths.state, 'containers', id))).toBe(false);
  });
});

async function* pieces(data: Buffer, head: object): AsyncGenerator<object, void, undefined> {
  yield { ...head, data: Buffer.alloc(0) };
  for (let at = 0; at < data.length; at += 2 ** 20) yield { data: data.subarray(at, at + 2 ** 20) };
  yield { eof: true };
}
