import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describeIf } from '@arcbox/testing';
import { hasAppArmor } from '../src/spec/security-modules.ts';
import { collect, needs, output, run, startEngine, type TestEngine, textOf } from './engine.ts';

/**
 * Each line tries one way out; a way that is open says so. None does harm where
 * it is: what is written to the host is what was there.
 */
const ways = `
try() { name=$1; shift; if eval "$*" > /dev/null 2>&1; then echo "OPEN $name"; else echo "shut $name"; fi; }
same() { value=$(cat "$1") && [ -n "$value" ] && echo "$value" > "$1"; }
again() { try "$1" same "$2"; }
try user-namespace 'unshare -U true'
try mount-namespace 'unshare -m true'
try enter-namespace 'nsenter -t 1 -m true'
try mount 'mount -t tmpfs none /tmp'
try remount-proc-sys 'mount -o remount,rw /proc/sys'
try unmask 'umount /proc/kcore'
again core-pattern /proc/sys/kernel/core_pattern
again panic /proc/sys/kernel/panic
again swappiness /proc/sys/vm/swappiness
again irq /proc/irq/default_smp_affinity
again uevent-helper /sys/kernel/uevent_helper
again huge-pages /sys/kernel/mm/transparent_hugepage/khugepaged/pages_to_scan
try sysrq 'echo h > /proc/sysrq-trigger'
try kernel-log 'dmesg'
try disk 'mknod /disk b 254 0; head -c 1 /disk'
try memory 'mknod /mem c 1 1; head -c 1 /mem'
try disk-on-tmpfs 'mknod /dev/shm/disk b 254 0; head -c 1 /dev/shm/disk'
try kcore 'head -c 1 /proc/kcore | grep -q .'
try keys 'grep -q . /proc/keys'
try timers 'grep -q . /proc/timer_list'
try scsi 'ls /proc/scsi | grep -q .'
try firmware 'ls /sys/firmware | grep -q .'
try powercap 'ls /sys/devices/virtual/powercap | grep -q .'
try hostname 'hostname x'
try raise-nice 'nice -n -5 true'
for d in /sys/fs/cgroup/*/; do
  try "cgroup $d" "mkdir $d/x"
  again "release $d" $d/notify_on_release
  [ -e $d/devices.allow ] && try "devices-allow $d" "echo c 1:3 r > $d/devices.allow"
done
`;

describeIf(needs, 'a container', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startEngine();
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
  });

  async function privileged(script: string): Promise<string> {
    const container = { image: 'busybox', cmd: ['sh', '-c', `(${script}) 2>&1`] };
    const { id } = await engine.engine.create({ container, options: { privileged: true } });
    await engine.containers.start({ id });
    await engine.containers.wait({ id });
    return textOf(await collect(engine.containers.logs({ containerId: id })));
  }

  it('has by default what Docker gives it, and no way out', async () => {
    const said = await output(engine, ['sh', '-c', `grep -E '^(CapBnd|Seccomp):' /proc/self/status; ${ways}`]);
    expect(said).toMatch(/^CapBnd:\s*00000000a80425fb\nSeccomp:\s*2\n/);
    expect(said.match(/^shut /gm)?.length).toBeGreaterThan(28);
    expect(said).not.toContain('OPEN');
  });

  it('has ways that are really tried: a privileged one finds them open', async () => {
    const open = (await privileged(ways)).match(/^OPEN \S+/gm);
    for (const name of ['user-namespace', 'mount', 'core-pattern', 'irq', 'kernel-log', 'hostname', 'cgroup', 'release', 'devices-allow']) expect(open).toContain(`OPEN ${name}`);
  });

  it('stays in its own namespaces when it is privileged', async () => {
    const script = 'mount -t tmpfs arcbox-escape /tmp; hostname inside; for ns in mnt pid ipc uts net; do readlink /proc/1/ns/$ns; done; ls /proc | grep -c "^[0-9]"';
    const lines = (await privileged(script)).trim().split('\n');
    const host = ['mnt', 'pid', 'ipc', 'uts', 'net'].map((name) => readlinkSync(`/proc/self/ns/${name}`));
    expect(lines).toHaveLength(6);
    for (const namespace of lines.slice(0, 5)) expect(host).not.toContain(namespace);
    expect(Number(lines[5])).toBeLessThan(6);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain('arcbox-escape');
    expect(hostname()).not.toBe('inside');
  });

  it('is not made when it would be less confined than asked for, or publish more than anybody can keep open', async () => {
    const container = { image: 'busybox', cmd: ['true'] };
    if (!hasAppArmor()) {
      const refused = engine.engine.create({ container, options: { securityOptions: ['apparmor=mine'] } });
      await expect(refused).rejects.toThrow('FAILED_PRECONDITION: apparmor=mine: AppArmor is not enabled on this host');
    }
    const many = engine.engine.create({ container, options: { publishAll: true, exposedPorts: ['1-8193'] } });
    await expect(many).rejects.toThrow('INVALID_ARGUMENT: one container can publish 8192 ports at most, not 8193');
  });

  it('gets no descriptors of its makers', async () => {
    const list = 'for fd in /proc/self/fd/*; do echo ${fd##*/}; done | sort -n | tail -1';
    // Its shell has the directory open while it reads it.
    expect(Number(await output(engine, ['sh', '-c', list]))).toBeLessThanOrEqual(3);
    expect(Number(await privileged(list))).toBeLessThanOrEqual(3);
    const { id } = await run(engine, ['sleep', '1000']);
    const exec = await engine.containers.execCreate({ containerId: id, cmd: ['sh', '-c', list], attachStdout: true });
    const outputs = await collect(engine.containers.execStart({ id: exec.id }));
    expect(Number(outputs.map(({ data }) => Buffer.from(data).toString()).join(''))).toBeLessThanOrEqual(3);
  });

  it('cannot get at directories of the host through descriptors of its makers', async () => {
    const { id } = await run(engine, ['sleep', '1000']);
    for (const fd of [3, 7, 8, 9]) {
      const workingDir = `/proc/self/fd/${fd}`;
      await expect(output(engine, ['ls'], { workingDir })).rejects.toThrow(/FAILED_PRECONDITION/);
      const exec = await engine.containers.execCreate({ containerId: id, cmd: ['ls'], workingDir, attachStdout: true });
      await expect(collect(engine.containers.execStart({ id: exec.id }))).rejects.toThrow(/FAILED_PRECONDITION/);
    }
  });

  it('cannot overwrite the runtime that comes in', async () => {
    const runtime = execFileSync('sh', ['-c', 'command -v runc'], { encoding: 'utf8' }).trim();
    const before = statSync(runtime, { bigint: true });
    const overwrite = 'echo up; while :; do for exe in /proc/[0-9]*/exe; do case $(readlink $exe) in *busybox*|"") ;; *) echo seen $exe; (echo bad > $exe) 2> /dev/null && echo OPEN $exe;; esac; done; done';
    const { id } = await run(engine, ['sh', '-c', overwrite]);
    for (let i = 0; i < 5; i++) {
      const exec = await engine.containers.execCreate({ containerId: id, cmd: ['/proc/self/exe', '--version'], attachStdout: true });
      await collect(engine.containers.execStart({ id: exec.id })).catch(() => []);
    }
    await engine.containers.kill({ id });
    await engine.containers.wait({ id });
    expect(textOf(await collect(engine.containers.logs({ containerId: id })))).not.toContain('OPEN');
    const after = statSync(runtime, { bigint: true });
    expect([after.ino, after.size, after.mtimeNs]).toEqual([before.ino, before.size, before.mtimeNs]);
  });

  it('cannot lead mounts out of its root by links', async () => {
    const outside = join(engine.root.path, 'outside');
    const volume = join(engine.root.path, 'fake-volumes', 'evil');
    mkdirSync(outside);
    mkdirSync(volume, { recursive: true });
    const victim = join(outside, 'victim');
    writeFileSync(victim, 'untouched');
    symlinkSync(outside, join(volume, 'way'));
    for (const name of ['hosts', 'resolv.conf']) symlinkSync(victim, join(volume, name));
    const mounts = [
      { source: 'evil', target: '/etc' },
      { type: 'tmpfs', target: '/etc/way/made' },
      { source: '/usr', target: '/etc/way/bound', readonly: true },
    ];
    await output(engine, ['sh', '-c', 'echo x > /etc/hosts; echo y > /etc/way/victim; touch /etc/way/made/z'], { mounts });
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    for (const name of ['made', 'bound']) expect(existsSync(join(outside, name))).toBe(false);
    expect(lstatSync(join(volume, 'way')).isSymbolicLink()).toBe(true);
  });
});
