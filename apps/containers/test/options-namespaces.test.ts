import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describeIf, eventually } from '@arcbox/testing';
import type { CreateOptions, DeepPartial } from '@arcbox/proto/arcbox/engine/v1/container';
import { BoundedQueue } from '@arcbox/stream';
import { Metadata } from 'nice-grpc-common';
import { attachTo, collect, needs, startEngine, type TestEngine, textOf } from './engine.ts';

type Options = DeepPartial<CreateOptions>;
type Request = Parameters<TestEngine['containers']['create']>[0];

let engine: TestEngine;

async function make(cmd: string[], options: Options, request: Request = {}): Promise<string> {
  return (await engine.engine.create({ container: { image: 'busybox', cmd, ...request }, options })).id;
}

async function start(cmd: string[], options: Options, request: Request = {}): Promise<string> {
  const id = await make(cmd, options, request);
  await engine.containers.start({ id });
  return id;
}

async function said(script: string, options: Options, request: Request = {}): Promise<string> {
  const id = await start(['sh', '-c', `(${script}) 2>&1`], options, request);
  await engine.containers.wait({ id });
  return textOf(await collect(engine.containers.logs({ containerId: id })));
}

const links = 'for ns in ipc pid uts cgroup; do readlink /proc/self/ns/$ns; done';

describeIf(needs, 'namespaces of a container', () => {
  beforeAll(async () => {
    engine = await startEngine();
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
  });

  it('are its own, or those of the host', async () => {
    const host = ['ipc', 'pid', 'uts', 'cgroup'].map((name) => readlinkSync(`/proc/self/ns/${name}`));
    const own = (await said(links, { cgroupnsMode: 'private', ipcMode: 'private' })).trim().split('\n');
    for (const namespace of own) expect(host).not.toContain(namespace);
    const shared = await said(`${links}; hostname`, { ipcMode: 'host', pidMode: 'host', utsMode: 'host', cgroupnsMode: 'host', usernsMode: 'host' });
    expect(shared.trim().split('\n')).toEqual([...host, hostname()]);
  });

  it('show the host what they share with it', async () => {
    expect(await said('cat /proc/self/cgroup | grep memory:', { cgroupnsMode: 'private' })).toMatch(/:\/$/m);
    const id = await start(['sh', '-c', 'echo x > /dev/shm/arcbox-test-$HOSTNAME; sleep 1000 & exec sleep 1000'], { ipcMode: 'host', pidMode: 'host' });
    const file = `/dev/shm/arcbox-test-${id.slice(0, 12)}`;
    try {
      expect(await eventually(() => readFileSync(file, 'utf8'))).toBe('x\n');
    } finally {
      rmSync(file, { force: true });
    }
    await engine.containers.remove({ id, force: true });
    const living = execFileSync('ps', ['-eo', 'stat,cgroup'], { encoding: 'utf8' }).split('\n').filter((line) => !line.startsWith('Z'));
    expect(living.join('\n')).not.toContain(id);
  });

  it('can be shared with other containers', async () => {
    const donor = await start(['sh', '-c', 'echo from-donor > /dev/shm/x; exec sleep 1234'], { ipcMode: 'shareable', shmBytes: 1n << 20n });
    const text = await eventually(async () => {
      const found = await said(`cat /dev/shm/x; df -k /dev/shm | tail -1; ps | grep -c 'slee[p] 1234'; ${links}`, { ipcMode: `container:${donor.slice(0, 12)}`, pidMode: `container:${donor}`, init: true });
      if (!found.startsWith('from-donor')) throw new Error(found);
      return found;
    });
    const pid = (await engine.containers.inspect({ id: donor })).state?.pid;
    expect(text).toMatch(/^from-donor\n.* 1024 .*\n1\n/);
    for (const name of ['ipc', 'pid']) expect(text).toContain(readlinkSync(`/proc/${pid}/ns/${name}`));
    const closed = await start(['sleep', '1000'], {});
    const notShareable = await make(['true'], { ipcMode: `container:${closed}` });
    await expect(engine.containers.start({ id: notShareable })).rejects.toThrow('non-shareable IPC');
    await engine.containers.remove({ id: donor, force: true });
    const orphan = await make(['true'], { pidMode: `container:${closed}` });
    await engine.engine.stop({ id: closed, timeoutSeconds: 0 });
    await expect(engine.containers.start({ id: orphan })).rejects.toThrow('FAILED_PRECONDITION: cannot join PID of a container that is not running');
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(`${donor}/mounts`);
  });

  it('leave /dev/shm out without IPC', async () => {
    expect(await said('ls -d /dev/shm', { ipcMode: 'none' })).toContain('No such file');
  });

  it('are refused where they make no sense', async () => {
    const bad: [Options, string, Request?][] = [
      [{ ipcMode: 'own' }, 'invalid IPC mode: own'],
      [{ pidMode: 'private' }, 'invalid PID mode: private'],
      [{ utsMode: 'container:x' }, 'invalid UTS mode: container:x'],
      [{ cgroupnsMode: 'shared' }, 'invalid cgroup namespace mode: shared'],
      [{ usernsMode: 'private' }, 'invalid USER mode: private'],
      [{ ipcMode: 'container:absent' }, 'NOT_FOUND: no such container: absent'],
      [{ utsMode: 'host' }, 'conflicting options: hostname and the UTS mode', { hostname: 'x' }],
      [{ sysctls: { 'kernel.panic': '1' } }, "sysctl 'kernel.panic' is not allowed"],
      [{ sysctls: { 'net.ipv4.ip_forward': '1' } }, "sysctl 'net.ipv4.ip_forward' is not allowed in the host's network namespace", { networkMode: 'host' }],
      [{ sysctls: { 'kernel.sem': '1' }, ipcMode: 'host' }, "sysctl 'kernel.sem' is not allowed in the host's IPC namespace"],
    ];
    for (const [options, message, request] of bad) await expect(make(['true'], options, request)).rejects.toThrow(message);
  });

  it('lets the input end with its first client on demand', async () => {
    const id = await start(['cat'], { stdinOnce: true }, { stdinOpen: true });
    const abort = new AbortController();
    async function* input(): AsyncGenerator<{ data: Buffer }> {
      yield { data: Buffer.from('said\n') };
      await new Promise<void>(() => {});
    }
    for await (const _ of engine.containers.attach(input(), { metadata: attachTo(id), signal: abort.signal })) break;
    abort.abort();
    expect((await engine.containers.wait({ id })).statusCode).toBe(0n);
    expect(textOf(await collect(engine.containers.logs({ containerId: id })))).toBe('said\n');
  });

  it.each<[string, Request, Record<string, string>]>([
    ['the client only looks on', {}, { 'x-attach-stdin': 'false' }],
    ['it is a terminal', { tty: true }, {}],
  ])('does not let it end where %s', async (_, request, metadata) => {
    const id = await start(['sh', '-c', 'echo ready; cat'], { stdinOnce: true }, { stdinOpen: true, ...request });
    const attach = (more: Record<string, string>) => {
      const abort = new AbortController();
      const input = new BoundedQueue<{ data: Buffer }>(4);
      const output = engine.containers.attach(input, { metadata: Metadata({ 'x-container-id': id, 'x-attach-logs': 'true', ...more }), signal: abort.signal });
      return { abort, input, output };
    };
    const first = attach(metadata);
    for await (const _first of first.output) break;
    first.abort.abort();
    const second = attach({});
    await second.input.push({ data: Buffer.from('said\n') });
    let text = '';
    for await (const { data } of second.output) if ((text += data.toString()).includes('said')) break;
    expect((await engine.containers.inspect({ id })).state?.running).toBe(true);
    await engine.containers.remove({ id, force: true });
  });
});

describeIf(needs, 'files of a container', () => {
  beforeAll(async () => {
    engine = await startEngine();
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
  });

  it('come by mounts with all their options', async () => {
    const { path } = engine.root;
    const made = join(path, 'made', 'here');
    const sub = join(path, 'fake-volumes', 'vol', 'in');
    mkdirSync(join(sub, 'side'), { recursive: true });
    const mounts = [
      { mount: { type: 'bind', source: made, target: '/made' }, createSource: true, propagation: 'private' },
      { mount: { type: 'volume', source: 'vol', target: '/sub' }, subpath: 'in' },
      { mount: { type: 'volume', source: 'fresh', target: '/data' }, noCopy: true },
      { mount: { type: 'tmpfs', target: '/scratch' }, tmpfsBytes: 131_072n, tmpfsMode: 0o1750 },
    ];
    const script = 'touch /made/x; ls /sub; ls /data | wc -l; stat -c %a /scratch; df -k /scratch | tail -1';
    expect(await said(script, { mounts })).toMatch(/^side\n0\n1750\n.* 128 .*\/scratch\n$/);
    expect(readFileSync(join(made, 'x'), 'utf8')).toBe('');
    const missing = await make(['true'], { mounts: [{ mount: { type: 'volume', source: 'vol', target: '/sub' }, subpath: 'not/there' }] });
    await expect(engine.containers.start({ id: missing })).rejects.toThrow('FAILED_PRECONDITION: volume vol has no directory not/there');
    const link = await make(['ls', '/sub'], { mounts: [{ mount: { type: 'volume', source: 'vol', target: '/sub' }, subpath: 'away' }] });
    execFileSync('ln', ['-sfn', '/etc', join(path, 'fake-volumes', 'vol', 'away')]);
    await expect(engine.containers.start({ id: link })).rejects.toThrow('volume vol has no directory away');
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(`${path}/containers/${link}/mounts/`);
  });

  it('tell mounts along where that is asked for', async () => {
    const shared = join(engine.root.path, 'shared');
    mkdirSync(join(shared, 'later'), { recursive: true });
    const mounts = (propagation: string): Options => ({ mounts: [{ mount: { type: 'bind', source: shared, target: '/s' }, propagation }] });
    execFileSync('mount', ['--bind', shared, shared]);
    try {
      execFileSync('mount', ['--make-private', shared]);
      const refused = await make(['true'], mounts('rshared'));
      await expect(engine.containers.start({ id: refused })).rejects.toThrow(`path ${shared} is mounted on ${shared} but it is not a shared mount`);
      execFileSync('mount', ['--make-shared', shared]);
      const id = await start(['sh', '-c', 'until grep -q /s/later /proc/mounts; do sleep 0.05; done'], mounts('rslave'));
      execFileSync('mount', ['-t', 'tmpfs', 'none', join(shared, 'later')]);
      expect((await engine.containers.wait({ id })).statusCode).toBe(0n);
      execFileSync('umount', [join(shared, 'later')]);
      await said('mount -t tmpfs none /s/later && touch /s/later/inside', { ...mounts('rshared'), privileged: true });
      expect(readFileSync(join(shared, 'later', 'inside'), 'utf8')).toBe('');
    } finally {
      execFileSync('umount', ['-R', shared]);
    }
  });

  it('come from other containers', async () => {
    const donor = await make(['true'], {}, { mounts: [{ source: 'common', target: '/c' }, { source: '/tmp', target: '/t' }, { type: 'tmpfs', target: '/only-mine' }] });
    const name = donor.slice(0, 12);
    expect(await said('echo 1 > /c/one && cat /c/one; ls -d /t; ls -d /only-mine', { volumesFrom: [name] })).toMatch(/^1\n\/t\nls: \/only-mine: No such/);
    expect(await said('cat /c/one; touch /c/two', { volumesFrom: [`${name}:ro`] })).toMatch(/^1\n.*Read-only file system/);
    const request = { mounts: [{ type: 'tmpfs', target: '/c' }] };
    expect(await said('grep -c " /c tmpfs" /proc/mounts', { volumesFrom: [name] }, request)).toBe('1\n');
    await expect(make(['true'], { volumesFrom: [`${name}:rx`] })).rejects.toThrow('invalid mode for volumes_from: rx');
    await expect(make(['true'], { volumesFrom: ['absent'] })).rejects.toThrow('NOT_FOUND: no such container: absent');
  });
});
