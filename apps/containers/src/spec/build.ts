import { join } from 'node:path';
import type { TerminalSize } from '@arcbox/linux';
import type { Container, MountUse } from '../container.ts';
import { toRlimits } from '../options/ulimits.ts';
import { cgroupLimits } from './cgroup-limits.ts';
import { cgroupPath } from './cgroup-path.ts';
import { argumentsOf } from './command.ts';
import { deviceRules, maskedPaths, networkSysctls, readonlyPaths, systemMounts } from './defaults.ts';
import { processEnvironment } from './environment.ts';
import type { HostAbilities } from './host.ts';
import type { OciMount, OciSeccomp, OciSpec } from './oci.ts';
import type { ProcessUser } from './user.ts';

export interface SpecInput {
  readonly container: Container;
  /** Path of the mounted root. */
  readonly root: string;
  /** Directory with hosts, hostname and resolv.conf. */
  readonly home: string;
  readonly user: ProcessUser;
  readonly host: HostAbilities;
  readonly network: NetworkNamespace;
  readonly seccomp: OciSeccomp | undefined;
  /** Of the terminal, before the program's first byte. */
  readonly terminal?: TerminalSize;
}

/** The host's, a new one with loopback only, or one that is there: the container's own or another's. */
export type NetworkNamespace = 'host' | 'new' | { readonly path: string; readonly own: boolean };

/** Files that the engine writes for every container, by their place inside. */
export const engineFiles = ['hostname', 'hosts', 'resolv.conf'] as const;

/** The runtime configuration of one start, with Docker's default profile. */
export function buildSpec(input: SpecInput): OciSpec {
  const { container, host, user, network } = input;
  const { config } = container;
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: config.tty,
      ...(config.tty && input.terminal ? { consoleSize: input.terminal } : {}),
      user: { uid: user.uid, gid: user.gid, additionalGids: [...user.additionalGids] },
      args: argumentsOf(config),
      env: processEnvironment(config, user.home),
      cwd: config.workingDir || '/',
      capabilities: capabilitySets(host.capabilities, user.uid),
      noNewPrivileges: false,
      rlimits: toRlimits(config.resources?.ulimits ?? []),
      oomScoreAdj: config.resources?.oomScoreAdj,
    },
    root: { path: input.root, readonly: false },
    hostname: config.hostname,
    mounts: mountsOf(input),
    linux: {
      namespaces: namespacesOf(input),
      cgroupsPath: cgroupPath(container),
      resources: { devices: deviceRules, ...cgroupLimits(config, host) },
      ...(network === 'new' || (network !== 'host' && network.own) ? { sysctl: { ...networkSysctls } } : {}),
      maskedPaths,
      readonlyPaths,
      ...(input.seccomp ? { seccomp: input.seccomp } : {}),
    },
  };
}

/** A user other than root starts with none, and may gain those of the bounding set by programs that carry them. */
export function capabilitySets(available: readonly string[], uid: number): OciSpec['process']['capabilities'] {
  const held = uid === 0 ? [...available] : [];
  return { bounding: [...available], permitted: held, effective: [...held] };
}

function namespacesOf({ host, network: wanted }: SpecInput): { type: string; path?: string }[] {
  const network = wanted === 'host' ? [] : [{ type: 'network', ...(wanted === 'new' ? {} : { path: wanted.path }) }];
  const cgroup = host.unified ? [{ type: 'cgroup' }] : [];
  return [{ type: 'mount' }, { type: 'pid' }, { type: 'ipc' }, { type: 'uts' }, ...network, ...cgroup];
}

function mountsOf({ container, home }: SpecInput): OciMount[] {
  const { mounts } = container.config;
  const taken = new Set(mounts.map(({ target }) => target));
  const files = engineFiles.map((name) => ({
    destination: `/etc/${name}`,
    type: 'bind',
    source: join(home, name),
    options: ['bind', 'rprivate'],
  }));
  // What the user mounts at a place of ours wins; around it, it must not hide ours.
  const ours = [...systemMounts, ...files].filter(({ destination }) => !taken.has(destination));
  return [...ours, ...mounts.map(toMount)].sort((a, b) => depth(a) - depth(b));
}

function toMount({ type, source, target, readonly }: MountUse): OciMount {
  const access = readonly ? 'ro' : 'rw';
  if (type === 'tmpfs') {
    return { destination: target, type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'noexec', access] };
  }
  return { destination: target, type: 'bind', source, options: ['rbind', 'rprivate', access] };
}

/** Parents are mounted before what lies inside them. */
function depth({ destination }: OciMount): number {
  return destination.split('/').filter(Boolean).length;
}
