import { join } from 'node:path';
import type { Config, MountUse } from '../record/config.ts';
import { tmpfsOptions } from '../options/tmpfs-options.ts';
import { systemMounts } from './defaults.ts';
import type { FoundDevice } from './devices.ts';
import type { OciMount } from './oci.ts';

/** Files that the engine writes for every container, by their place inside. */
export const engineFiles = ['hostname', 'hosts', 'resolv.conf'] as const;

/** Where Docker has it, too: image authors may have come to count on it. */
export const initPath = '/sbin/docker-init';

export interface MountSources {
  /** Directory with hosts, hostname and resolv.conf. */
  readonly home: string;
  /** Directory that is /dev/shm; undefined: one of its own. */
  readonly shm?: string;
  /** Directory that is /dev/mqueue; undefined: that of its IPC namespace. */
  readonly mqueue?: string | undefined;
  /** What is really mounted at a target, where it is not the mount's source. */
  readonly resolved: ReadonlyMap<string, string>;
  /** Options by target that the kernel insists on where it has ids of its own. */
  readonly locked?: ReadonlyMap<string, readonly string[]>;
  /** Path of the init program. */
  readonly init?: string;
  readonly devices?: readonly FoundDevice[];
  /** It has ids of its own: there, nobody makes devices. */
  readonly isMapped?: boolean;
}

type MountConfig = Pick<Config, 'mounts' | 'namespaces' | 'security' | 'storage'>;

/** All mounts of a container, parents before what lies inside them. */
export function mountsOf(config: MountConfig, sources: MountSources): OciMount[] {
  const tmpfs = Object.entries(config.storage?.tmpfs ?? {}).map(([target, options]) => tmpfsMount(target, tmpfsOptions(options)));
  const devices = sources.isMapped ? (sources.devices ?? []).map(({ source, node }) => bindOf(source, node.path)) : [];
  const users = [...config.mounts.map((mount) => toMount(mount, sources)), ...tmpfs, ...devices];
  const taken = new Set(users.map(({ destination }) => destination));
  // What the user mounts at a place of ours wins; around it, it must not hide ours.
  const ours = [...systemMountsOf(config, sources), ...engineMounts(config, sources)].filter(({ destination }) => !taken.has(destination));
  return [...ours, ...users].sort((a, b) => depth(a) - depth(b));
}

function systemMountsOf({ namespaces, security, storage }: MountConfig, { shm, mqueue }: MountSources): OciMount[] {
  const mounts = systemMounts.filter(({ destination }) => destination !== '/dev/shm' || namespaces?.ipcMode !== 'none');
  return mounts.map((mount) => {
    if (mount.type === 'mqueue' && mqueue !== undefined) return bindOf(mqueue, mount.destination);
    if (mount.destination === '/dev/shm') return shmMount(mount, shm, storage?.shmBytes ?? 0);
    return security?.privileged ? { ...mount, options: mount.options.filter((option) => option !== 'ro') } : mount;
  });
}

function shmMount(mount: OciMount, directory: string | undefined, bytes: number): OciMount {
  if (directory !== undefined) return { ...mount, type: 'bind', source: directory, options: ['rbind', 'rprivate'] };
  return bytes === 0 ? mount : { ...mount, options: [...mount.options.filter((option) => !option.startsWith('size=')), `size=${bytes}`] };
}

function engineMounts({ security }: MountConfig, { home, init }: MountSources): OciMount[] {
  const access = security?.readOnly ? ['ro'] : [];
  const files = engineFiles.map((name) => bindOf(join(home, name), `/etc/${name}`, access));
  return init === undefined ? files : [...files, bindOf(init, initPath, ['ro'])];
}

function bindOf(source: string, destination: string, more: readonly string[] = []): OciMount {
  return { destination, type: 'bind', source, options: ['bind', 'rprivate', ...more] };
}

function toMount(mount: MountUse, { resolved, locked }: MountSources): OciMount {
  const { type, source, target, readonly, propagation = 'rprivate', nonRecursive, tmpfsBytes, tmpfsMode } = mount;
  const access = readonly ? 'ro' : 'rw';
  if (type === 'tmpfs') {
    const size = tmpfsBytes === undefined ? [] : [`size=${tmpfsBytes}`];
    const mode = tmpfsMode === undefined ? [] : [`mode=${tmpfsMode.toString(8)}`];
    return tmpfsMount(target, [...tmpfsOptions(''), ...size, ...mode, access]);
  }
  const options = [nonRecursive ? 'bind' : 'rbind', propagation, access, ...(readonly ? (locked?.get(target) ?? []) : [])];
  return { destination: target, type: 'bind', source: resolved.get(target) ?? source, options };
}

function tmpfsMount(destination: string, options: string[]): OciMount {
  return { destination, type: 'tmpfs', source: 'tmpfs', options };
}

function depth({ destination }: OciMount): number {
  return destination.split('/').filter(Boolean).length;
}
