import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { checkDisk, judgeRoom } from './check-disk.ts';
import { checkHost } from './check-host.ts';
import { checkKernel } from './check-kernel.ts';
import { checkLimits } from './check-limits.ts';
import { checkTools } from './check-tools.ts';
import { isOlder } from './compare-versions.ts';
import type { Finding } from './finding.ts';
import { HostTree } from './host-tree.ts';
import { presenceOf } from './kernel-feature.ts';

const roots: string[] = [];
afterAll(() => roots.forEach((root) => rmSync(root, { recursive: true })));

function makeRoot(files: Record<string, string | Buffer>): string {
  const root = mkdtempSync(join(tmpdir(), 'abx-host-'));
  roots.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

/** A host in good order, with changes; undefined takes a file away. */
function makeHost(changes: Record<string, string | Buffer | undefined> = {}): HostTree {
  const files = Object.entries({ ...healthy, ...changes }).filter((entry): entry is [string, string | Buffer] => entry[1] !== undefined);
  return new HostTree(makeRoot(Object.fromEntries(files)));
}

const mountinfo = [
  '21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
  '22 21 0:20 / /sys rw - sysfs sysfs rw',
  '30 22 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate',
].join('\n');

const healthy: Record<string, string | undefined> = {
  '/proc/sys/kernel/osrelease': '6.1.0-18-amd64\n',
  '/proc/meminfo': 'MemTotal:        4000000 kB\nMemAvailable:    2000000 kB\n',
  '/proc/loadavg': '0.00 0.01 0.05 1/150 9876\n',
  '/proc/sys/kernel/pid_max': '32768\n',
  '/proc/sys/fs/inotify/max_user_instances': '128\n',
  '/proc/sys/fs/inotify/max_user_watches': '65536\n',
  '/proc/42/limits': 'Limit                     Soft Limit           Hard Limit           Units\nMax open files            20000                20000                files\n',
  '/proc/self/mountinfo': mountinfo,
  '/sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory hugetlb pids\n',
  '/sys/module/overlay/refcnt': '0',
  '/sys/module/apparmor/parameters/enabled': 'Y\n',
  '/lib/modules/6.1.0-18-amd64/modules.builtin': 'kernel/net/netfilter/nf_tables.ko\n',
  '/lib/modules/6.1.0-18-amd64/modules.dep':
    'kernel/drivers/net/veth.ko:\nkernel/net/bridge/bridge.ko.xz: kernel/net/llc/llc.ko.xz\nkernel/net/netfilter/nft_chain_nat.ko: kernel/net/netfilter/nf_nat.ko\n',
  '/proc/sys/user/max_user_namespaces': '15000\n',
  '/proc/sys/net/ipv4/ip_forward': '1\n',
  '/proc/sys/kernel/seccomp/actions_avail': 'kill_process errno allow\n',
  ...Object.fromEntries(['mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup', 'user'].map((name) => [`/proc/self/ns/${name}`, ''])),
};

const now = new Date('2026-01-01T00:00:00Z');
const find = (findings: Finding[], name: string): Finding => {
  const found = findings.find((each) => each.name === name);
  if (!found) throw new Error(`nothing was said of ${name}`);
  return found;
};
const look = (tree: HostTree): Finding[] => [...checkHost(tree, { now }), ...checkLimits(tree, { pid: 42 }), ...checkKernel(tree)];

test('nothing is wrong with a host in good order, and what is right needs no advice', () => {
  const findings = look(makeHost());
  expect(findings.filter(({ severity }) => severity !== 'ok')).toEqual([]);
  expect(findings.filter(({ advice }) => advice !== '')).toEqual([]);
});

test('of a host that shows nothing, nothing is claimed', () => {
  const severities = look(new HostTree(makeRoot({}))).filter(({ name }) => name !== 'clock');
  expect(severities.map(({ severity }) => severity)).toEqual(severities.map(() => 'unknown'));
});

test.each<[name: string, severity: string, changes: Record<string, string | Buffer | undefined>, message: RegExp]>([
  ['linux', 'error', { '/proc/sys/kernel/osrelease': '5.4.0-1' }, /5\.4\.0-1 is older than 5\.6/],
  ['memory', 'warning', { '/proc/meminfo': 'MemTotal: 4000000 kB\nMemAvailable: 2000 kB\n' }, /^1 MiB of 3906 MiB/],
  ['open files', 'warning', { '/proc/42/limits': 'Max open files            1024                 4096                 files' }, /open 1024 files/],
  ['inotify', 'warning', { '/proc/sys/fs/inotify/max_user_instances': '16' }, /16 inotify instances/],
  ['process ids', 'warning', { '/proc/loadavg': '0 0 0 1/28000 1' }, /28000 of 32768/],
  ['process ids', 'error', { '/proc/loadavg': '0 0 0 1/32500 1' }, /32500 of 32768/],
  ['overlayfs', 'unknown', { '/sys/module/overlay/refcnt': undefined, '/lib/modules/6.1.0-18-amd64/modules.dep': undefined }, /cannot be seen/],
  ['veth', 'error', { '/lib/modules/6.1.0-18-amd64/modules.dep': '', '/proc/config.gz': gzipSync('# CONFIG_VETH is not set\n') }, /no veth/],
  ['cgroups', 'warning', { '/sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io pids' }, /v2 without memory: .* limits of memory/],
  ['cgroups', 'error', { '/proc/self/mountinfo': mountinfo.split('\n')[0] }, /not mounted/],
  ['namespaces', 'error', { '/proc/self/ns/net': undefined }, /lacks the namespaces net/],
  ['user namespaces', 'warning', { '/proc/sys/user/max_user_namespaces': '0' }, /no user namespace/],
  ['user namespaces', 'warning', { '/proc/sys/kernel/osrelease': '5.10.0' }, /no mapped mounts/],
  ['user namespaces', 'warning', { '/proc/self/ns/user': undefined }, /has no user namespaces/],
  ['ip forwarding', 'warning', { '/proc/sys/net/ipv4/ip_forward': '0' }, /does not forward/],
  ['seccomp', 'error', { '/proc/sys/kernel/seccomp/actions_avail': undefined }, /does not filter/],
  ['apparmor', 'ok', { '/sys/module/apparmor/parameters/enabled': undefined }, /not on/],
])('%s: %s', (name, severity, changes, message) => {
  const found = find(look(makeHost(changes)), name);
  expect(found).toMatchObject({ severity, message: expect.stringMatching(message) });
  expect(found.advice === '').toBe(severity === 'ok' || severity === 'unknown');
});

test('who may not look at itself sees by the limits which namespaces there are', () => {
  const hidden = Object.fromEntries(['mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup', 'user'].map((name) => [`/proc/self/ns/${name}`, undefined]));
  const limits = ['mnt', 'pid', 'net', 'ipc', 'uts'].map((name) => [`/proc/sys/user/max_${name}_namespaces`, '1000']);
  const found = look(makeHost({ ...hidden, ...Object.fromEntries(limits) }));
  expect(find(found, 'namespaces').message).toMatch(/lacks the namespaces cgroup:/);
  expect(find(found, 'user namespaces').severity).toBe('ok');
});

test('a clock that shows a time before the engine was made is wrong', () => {
  expect(find(checkHost(makeHost(), { now, built: new Date('2026-02-01') }), 'clock').severity).toBe('error');
  expect(find(checkHost(makeHost(), { now, built: new Date('2025-12-01') }), 'clock').severity).toBe('ok');
});

test('without a containers worker nothing is said of how many files it may open', () => {
  expect(find(checkLimits(makeHost(), {}), 'open files').severity).toBe('unknown');
});

test('controllers of cgroups v1 are those of the mounts, hybrid or not', () => {
  const v1 = (controllers: string[]): string =>
    ['21 1 8:1 / / rw - ext4 /dev/sda1 rw', ...controllers.map((name, at) => `${at + 30} 21 0:3 / /sys/fs/cgroup/${name} rw - cgroup cgroup rw,${name}`)].join('\n');
  const all = ['memory', 'cpu,cpuacct', 'cpuset', 'pids', 'blkio', 'devices', 'freezer'];
  const check = (controllers: string[]): Finding =>
    find(look(makeHost({ '/proc/self/mountinfo': `${v1(controllers)}\n40 21 0:9 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw` })), 'cgroups');
  expect(check(all).message).toMatch(/v1 with every controller/);
  expect(check(all.slice(0, -1))).toMatchObject({ severity: 'warning', message: expect.stringMatching(/v1 without freezer: .* pausing/) });
});

test.each([
  ['overlay', 'OVERLAY_FS', 'there'],
  ['nf_tables', 'NF_TABLES', 'there'],
  ['nft_chain_nat', 'NFT_NAT', 'loadable'],
  ['bridge', 'BRIDGE', 'loadable'],
  ['btrfs', 'BTRFS_FS', 'unknown'],
])('module %s is %s', (module, option, presence) => {
  expect(presenceOf(makeHost(), { module, option })).toBe(presence);
});

test('a kernel tells by its configuration what is built in; a module that is not installed is none', () => {
  const host = makeHost({ '/boot/config-6.1.0-18-amd64': 'CONFIG_BTRFS_FS=y\nCONFIG_XFS_FS=m\n' });
  expect(presenceOf(host, { module: 'btrfs', option: 'BTRFS_FS' })).toBe('there');
  expect(presenceOf(host, { module: 'xfs', option: 'XFS_FS' })).toBe('absent');
});

describe('tools', () => {
  const directory = makeRoot({
    runc: '#!/bin/sh\necho "runc version 1.0.3"\n',
    conmon: '#!/bin/sh\necho "conmon version 2.1.6" >&2\nexit 1\n',
    nft: '#!/bin/sh\necho "error while loading shared libraries: libnftables.so.1" >&2\nexit 127\n',
    socat: 'not for running',
  });
  for (const name of ['runc', 'conmon', 'nft']) chmodSync(join(directory, name), 0o755);

  test('each is looked for where it was said, run and asked for its version', async () => {
    const findings = await checkTools([directory]);
    expect(find(findings, 'runc')).toMatchObject({ severity: 'warning', message: expect.stringContaining('version 1.0.3, the engine is tried with 1.1') });
    expect(find(findings, 'conmon')).toMatchObject({ severity: 'ok', message: `${directory}/conmon, version 2.1.6` });
    expect(find(findings, 'nft')).toMatchObject({ severity: 'error', message: expect.stringContaining('libnftables.so.1') });
    expect(find(findings, 'socat')).toMatchObject({ severity: 'error', advice: 'install it: apt-get install socat' });
    expect(find(findings, 'conntrack').severity).toBe('warning');
  });

  test('those of this host run and are late enough', async () => {
    const wrong = (await checkTools()).filter(({ severity }) => severity !== 'ok');
    expect(wrong).toEqual([]);
  });
});

test.each([
  ['1.0.3', '1.1', true],
  ['1.10', '1.9', false],
  ['2.1', '2.1.0', false],
  ['2.1', '2.1.1', true],
  ['6.1', '5.12', false],
])('%s is older than %s: %s', (version, than, expected) => {
  expect(isOlder(version, than)).toBe(expected);
});

describe('disk', () => {
  const gib = 1024 ** 3;
  const room = { free: 50 * gib, total: 100 * gib, inodesFree: 900_000, inodes: 1_000_000 };

  test.each([
    ['much room', {}, 'ok'],
    ['little room', { free: gib / 2 }, 'warning'],
    ['a small disk that is empty', { free: gib / 2, total: gib / 2 }, 'ok'],
    ['next to none', { free: gib / 100 }, 'error'],
    ['few inodes', { inodesFree: 20_000 }, 'warning'],
    ['no inodes', { inodesFree: 10 }, 'error'],
    ['no number of inodes', { inodesFree: 0, inodes: 0 }, 'ok'],
  ])('%s', (_, change, severity) => {
    expect(judgeRoom('disk of state', '/state', { ...room, ...change }).map((each) => each.severity)).toEqual([severity]);
  });

  const onMount = (line: string, places: Parameters<typeof checkDisk>[0]): Promise<Finding[]> =>
    checkDisk(places, makeHost({ '/proc/self/mountinfo': `21 1 8:1 / / rw - ext4 /dev/sda1 rw\n${line}` }));

  test('places on one file system are told together, and one that is not made yet is where it would be', async () => {
    const [first, ...others] = await onMount('', [{ name: 'state', path: tmpdir() }, { name: 'run', path: join(tmpdir(), 'not/yet/there') }]);
    expect(first).toMatchObject({ name: 'disk of state, run', area: 'disk', message: expect.stringMatching(/ free in .*inodes/) });
    expect(others).toEqual([]);
  });

  test.each([
    [`30 21 0:40 / ${tmpdir()} rw - tmpfs tmpfs rw`, 'warning', /gone after a reboot/],
    [`30 21 0:40 / ${tmpdir()} ro,relatime - ext4 /dev/sdb1 rw`, 'error', /read-only/],
    [`30 21 0:40 / ${tmpdir()} rw - nfs4 server:/x rw`, 'error', /is nfs4, on which overlayfs cannot write/],
    [`30 21 0:40 / ${tmpdir()} rw - fuse.sshfs x rw`, 'error', /overlayfs cannot write/],
  ])('%s', async (line, severity, message) => {
    const found = await onMount(line, [{ name: 'images', path: tmpdir(), holdsLayers: true, isDurable: true }]);
    expect(found).toContainEqual(expect.objectContaining({ severity, message: expect.stringMatching(message) }));
  });
});
