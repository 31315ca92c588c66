import type { OciDeviceRule, OciMount } from './oci.ts';

/** Capabilities of a container's process: those of Docker's default container. */
export const capabilities: readonly string[] = [
  'CAP_AUDIT_WRITE',
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_MKNOD',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_RAW',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
];

/** What would tell about the host, or let a container crash it. */
export const maskedPaths: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];

export const readonlyPaths: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

const character = (major: number, minor?: number): OciDeviceRule => ({
  allow: true,
  type: 'c',
  major,
  minor,
  access: 'rwm',
});

/** Devices that may be used: null, zero, full, random, urandom, the terminals; any node may be made, not opened. */
export const deviceRules: readonly OciDeviceRule[] = [
  { allow: false, access: 'rwm' },
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  character(1, 3),
  character(1, 5),
  character(1, 7),
  character(1, 8),
  character(1, 9),
  character(5, 0),
  character(5, 1),
  character(5, 2),
  character(136),
];

/** Bytes of /dev/shm where nobody says otherwise. */
export const defaultShmBytes = 64 * 1024 * 1024;

const mount = (type: string, source: string, destination: string, ...options: string[]): OciMount => ({
  destination,
  type,
  source,
  options,
});

/** File systems of every container, in mount order. */
export const systemMounts: readonly OciMount[] = [
  mount('proc', 'proc', '/proc', 'nosuid', 'noexec', 'nodev'),
  mount('tmpfs', 'tmpfs', '/dev', 'nosuid', 'strictatime', 'mode=755', 'size=65536k'),
  mount('devpts', 'devpts', '/dev/pts', 'nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'),
  mount('sysfs', 'sysfs', '/sys', 'nosuid', 'noexec', 'nodev', 'ro'),
  mount('cgroup', 'cgroup', '/sys/fs/cgroup', 'nosuid', 'noexec', 'nodev', 'ro'),
  mount('mqueue', 'mqueue', '/dev/mqueue', 'nosuid', 'noexec', 'nodev'),
  mount('tmpfs', 'shm', '/dev/shm', 'nosuid', 'noexec', 'nodev', 'mode=1777', `size=${defaultShmBytes}`),
];

/** As in Docker: any port may be listened on, and anyone may ping, inside a network namespace of one's own. */
export const networkSysctls: { readonly [name: string]: string } = {
  'net.ipv4.ip_unprivileged_port_start': '0',
  'net.ipv4.ping_group_range': '0 2147483647',
};

export const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
