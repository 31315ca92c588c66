import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf } from '@arcbox/testing';
import type { CreateOptions, DeepPartial } from '@arcbox/proto/arcbox/engine/v1/container';
import { collect, needs, startEngine, type TestEngine, textOf } from './engine.ts';

type Options = DeepPartial<CreateOptions>;
type Request = Parameters<TestEngine['containers']['create']>[0];

let engine: TestEngine;

async function make(script: string, options: Options, request: Request = {}): Promise<string> {
  const container = { image: 'busybox', cmd: ['sh', '-c', `(${script}) 2>&1`], ...request };
  return (await engine.engine.create({ container, options })).id;
}

async function start(script: string, options: Options, request: Request = {}): Promise<string> {
  const id = await make(script, options, request);
  await engine.containers.start({ id });
  return id;
}

/** What the script prints in a container with these options. */
async function said(script: string, options: Options, request: Request = {}): Promise<string> {
  const id = await start(script, options, request);
  await engine.containers.wait({ id });
  return textOf(await collect(engine.containers.logs({ containerId: id })));
}

/** Waits until it has printed. */
async function up(id: string): Promise<string> {
  for await (const _ of engine.containers.logs({ containerId: id, follow: true })) return id;
  throw new Error('it ended without a word');
}

/** Nobody else's. */
const cgroupParent = `/arcbox-test-${process.pid}`;

const status = "grep -E '^(CapBnd|CapEff|Seccomp|NoNewPrivs|Groups):' /proc/self/status | tr -d '\\t'";

describeIf(needs, 'isolation of a container', () => {
  beforeAll(async () => {
    engine = await startEngine();
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    // The engine leaves parents to whoever has named them.
    const places = ['', ...readdirSync('/sys/fs/cgroup')].map((name) => join('/sys/fs/cgroup', name, cgroupParent));
    for (const place of places) if (existsSync(place)) rmdirSync(place);
  });

  it('can be made stricter', async () => {
    const script = `${status}; touch /etc/x; echo no > /etc/hosts; touch /run/ok && echo tmpfs; hostname; mount | grep ' /run '`;
    const text = await said(script, {
      readOnly: true,
      capDrop: ['all'],
      capAdd: ['net_admin', 'CAP_CHOWN'],
      securityOptions: ['no-new-privileges'],
      groupAdd: ['extra', '4242'],
      tmpfs: { '/run': 'size=65536,mode=1700' },
    });
    expect(text).toMatch(/^Groups:0 1002 4242 ?\n/);
    expect(text).toContain('NoNewPrivs:1\n');
    for (const set of ['CapBnd', 'CapEff']) expect(text).toContain(`${set}:0000000000001001\n`);
    expect(text).toContain('Seccomp:2\n');
    expect(text.match(/Read-only file system/g)).toHaveLength(2);
    expect(text).toContain('tmpfs\n');
    expect(text).toMatch(/tmpfs on \/run type tmpfs \(rw,nosuid,nodev,noexec,.*size=64k,.*mode=1700/);
  });

  it('can be opened by parts', async () => {
    const seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 28 }] };
    const withProfile = await said('mkdir /made', { securityOptions: [`seccomp=${JSON.stringify(seccomp)}`] });
    expect(withProfile).toContain('No space left on device');
    const open = await said(`${status}; unshare -U true && echo unshared; (echo 1 > /proc/sys/kernel/randomize_va_space) && echo written; dd if=/proc/kcore bs=1 count=1`, {
      securityOptions: ['seccomp=unconfined', 'systempaths=unconfined', 'no-new-privileges:false'],
    });
    expect(open).toContain('Seccomp:0\n');
    expect(open).toContain('NoNewPrivs:0\n');
    expect(open).toContain('unshared\n');
    expect(open).not.toContain('Read-only file system');
  });

  it('of conditional rules in a profile follows capabilities and architecture', async () => {
    const syscalls = [
      { names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', includes: { caps: ['CAP_SYS_TIME'] } },
      { name: 'rmdir', action: 'SCMP_ACT_ERRNO', excludes: { arches: ['riscv64'] } },
      { names: ['chmod', 'fchmodat', 'fchmodat2'], action: 'SCMP_ACT_ERRNO', includes: { arches: ['riscv64'] } },
    ];
    const profile = `seccomp=${JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] }], syscalls })}`;
    const script = 'mkdir /a && echo made; rmdir /a || echo kept; chmod 700 /a && echo changed';
    expect(await said(script, { securityOptions: [profile] })).toMatch(/^made\n.*\nkept\nchanged\n$/);
    expect(await said('mkdir /a && echo made', { securityOptions: [profile], capAdd: ['SYS_TIME'] })).not.toContain('made\n');
  });

  it('is gone for a privileged one', async () => {
    const script = `${status}; mount -t tmpfs none /tmp && echo mounted; touch /sys/x; ls /dev/mem /dev/kmsg; head -c 0 /dev/kmsg && echo opened; mount | grep -c ' /sys/fs/cgroup.* ro'`;
    const text = await said(script, { privileged: true });
    const all = /CapBnd:\s*(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    expect(text).toContain(`CapEff:${all}\n`);
    expect(text).toContain('Seccomp:0\n');
    expect(text).toContain('mounted\n');
    expect(text).not.toContain('Read-only file system');
    expect(text).toContain('/dev/kmsg\n');
    expect(text).toContain('opened\n');
  });

  it('lets devices in, one by one, by directory and by rule', async () => {
    const script = [
      'head -c 0 /dev/mykmsg && echo kmsg',
      '(echo x > /dev/mykmsg) && echo written',
      'ls -d /dev/net/tun',
      'mknod /loop b 7 0 && head -c 0 /loop && echo loop',
      'mknod /kmsg2 c 1 11; head -c 0 /dev/full && echo full',
    ].join('; ');
    const text = await said(script, {
      capAdd: ['SYSLOG'],
      devices: [{ hostPath: '/dev/kmsg', containerPath: '/dev/mykmsg', permissions: 'r' }, { hostPath: '/dev/net' }],
      deviceCgroupRules: ['b 7:* rm'],
    });
    expect(text).toContain('kmsg\n');
    expect(text).not.toContain('written\n');
    expect(text).toContain('/dev/net/tun\n');
    expect(text).toContain('loop\n');
    expect(text).toContain('full\n');
    const missing = await make('true', { devices: [{ hostPath: '/dev/not-there' }] });
    await expect(engine.containers.start({ id: missing })).rejects.toThrow('FAILED_PRECONDITION: error gathering device information while adding custom device "/dev/not-there"');
    const none = await make('true', { devices: [{ hostPath: '/etc/passwd' }] });
    await expect(engine.containers.start({ id: none })).rejects.toThrow('not a device node');
  });

  it('has an init that reaps and forwards signals', async () => {
    const id = await up(await start('trap "echo told; exit 3" TERM; echo up; while :; do sleep 0.05; done', { init: true, stopSignal: 'TERM' }));
    const { id: execId } = await engine.containers.execCreate({ containerId: id, cmd: ['sh', '-c', 'cat /proc/1/comm; mount | grep docker-init'], attachStdout: true });
    const text = (await collect(engine.containers.execStart({ id: execId }))).map(({ data }) => Buffer.from(data).toString()).join('');
    expect(text).toMatch(/^docker-init\n.* on \/sbin\/docker-init .*\(ro,/);
    await engine.containers.stop({ id, timeout: 20 });
    expect((await engine.containers.inspect({ id })).state?.exitCode).toBe(3);
  });

  it('sets what is asked for around the process', async () => {
    const text = await said(
      'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax; hostname; cat /proc/sys/kernel/domainname; grep memory: /proc/self/cgroup; df -k /dev/shm | tail -1',
      {
        sysctls: { 'net.ipv4.ip_forward': '1', 'kernel.msgmax': '4096' },
        domainname: 'example.org',
        cgroupParent,
        annotations: { 'org.example': 'x' },
        shmBytes: 1n << 20n,
      },
      { hostname: 'web' },
    );
    expect(text).toMatch(/^1\n4096\nweb\nexample\.org\n.*\/arcbox-test-\d+\/[0-9a-f]{64}\n.* 1024 .*\/dev\/shm\n$/);
  });

  it('uses the stop signal and timeout of the request', async () => {
    const script = 'trap "echo told; exit 5" USR1; echo up; while :; do sleep 0.05; done';
    const gently = await up(await start(script, { stopSignal: 'SIGUSR1' }));
    await engine.engine.stop({ id: gently });
    expect((await engine.containers.inspect({ id: gently })).state?.exitCode).toBe(5);
    const atOnce = await up(await start(script, { stopSignal: 'SIGUSR1', stopTimeoutSeconds: 0 }));
    await engine.engine.stop({ id: atOnce });
    expect((await engine.containers.inspect({ id: atOnce })).state?.exitCode).toBe(137);
    expect(textOf(await collect(engine.containers.logs({ containerId: atOnce })))).toBe('up\n');
  });

  it('drops the entrypoint of the image on demand', async () => {
    const { imageConfig } = await import('./fake-peers.ts');
    imageConfig.config = { Entrypoint: ['echo', 'image'], Cmd: ['argument'] };
    const { id } = await engine.engine.create({ container: { image: 'busybox', cmd: ['echo', 'mine'] }, options: { clearEntrypoint: true } });
    const nothing = engine.engine.create({ container: { image: 'busybox' }, options: { clearEntrypoint: true } });
    await expect(nothing).rejects.toThrow('INVALID_ARGUMENT: no command specified');
    imageConfig.config = {};
    await engine.containers.start({ id });
    await engine.containers.wait({ id });
    expect(textOf(await collect(engine.containers.logs({ containerId: id })))).toBe('mine\n');
  });
});
