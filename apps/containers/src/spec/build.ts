import type { TerminalSize } from '@arcbox/linux';
import type { Container } from '../record/container.ts';
import { toRlimits } from '../options/ulimits.ts';
import type { Surroundings } from '../start/surround.ts';
import { cgroupLimits } from './cgroup-limits.ts';
import { cgroupPath } from './cgroup-path.ts';
import { argumentsOf } from './command.ts';
import { deviceRulesOf } from './devices.ts';
import { processEnvironment } from './environment.ts';
import type { HostAbilities } from './host.ts';
import { initPath, mountsOf } from './mounts.ts';
import { type NetworkNamespace, namespacesOf, sysctlsOf } from './namespaces.ts';
import type { OciIdMapping, OciSpec } from './oci.ts';
import { privilegesOf } from './privileges.ts';
import type { ProcessUser } from './user.ts';
import type { IdMaps, IdRange } from '../userns/id-maps.ts';
import type { Mapping } from '../userns/mapping.ts';

export interface SpecInput {
  readonly container: Container;
  /** Path of the mounted root. */
  readonly root: string;
  readonly user: ProcessUser;
  readonly host: HostAbilities;
  readonly network: NetworkNamespace;
  readonly surroundings: Surroundings;
  /** Undefined: its ids are those of the host. */
  readonly mapping?: Pick<Mapping, 'ids' | 'namespace'> | undefined;
  /** Of the terminal, before the program's first byte. */
  readonly terminal?: TerminalSize;
}

/** The runtime configuration of one start, with Docker's default profile where nothing else was asked for. */
export function buildSpec(input: SpecInput): OciSpec {
  const { container, host, user, network, surroundings, mapping } = input;
  const { config } = container;
  const { joined, devices, blockLimits, propagation, init } = surroundings;
  const { capabilities, seccomp, process, ...paths } = privilegesOf(config, host);
  const { annotations } = config.life ?? {};
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: config.tty,
      ...(config.tty && input.terminal ? { consoleSize: input.terminal } : {}),
      user: { uid: user.uid, gid: user.gid, additionalGids: [...user.additionalGids] },
      args: [...(init === undefined ? [] : [initPath, '--']), ...argumentsOf(config)],
      env: processEnvironment(config, user.home),
      cwd: config.workingDir || '/',
      capabilities: capabilitySets(capabilities, user.uid),
      ...process,
      rlimits: toRlimits(config.resources?.ulimits ?? []),
      oomScoreAdj: config.resources?.oomScoreAdj,
    },
    root: { path: input.root, readonly: config.security?.readOnly ?? false },
    ...(config.namespaces?.utsMode === 'host' ? {} : { hostname: config.hostname }),
    mounts: mountsOf(config, surroundings),
    ...(annotations ? { annotations } : {}),
    linux: {
      ...(propagation ? { rootfsPropagation: propagation } : {}),
      devices: mapping ? [] : devices.map(({ node }) => node),
      namespaces: namespacesOf(config, { network, joined, unified: host.unified, user: mapping?.namespace }),
      ...(mapping ? idMappings(mapping.ids) : {}),
      cgroupsPath: cgroupPath(container),
      resources: { devices: deviceRulesOf(config, devices), ...cgroupLimits(config, host, blockLimits) },
      sysctl: sysctlsOf(config, network, mapping?.ids),
      ...paths,
      ...(seccomp ? { seccomp } : {}),
    },
  };
}

function idMappings({ uids, gids }: IdMaps): Pick<OciSpec['linux'], 'uidMappings' | 'gidMappings'> {
  const toOci = ({ inside, outside, size }: IdRange): OciIdMapping => ({ containerID: inside, hostID: outside, size });
  return { uidMappings: uids.map(toOci), gidMappings: gids.map(toOci) };
}

/** A user other than root starts with none, and may gain those of the bounding set by programs that carry them. */
export function capabilitySets(available: readonly string[], uid: number): OciSpec['process']['capabilities'] {
  const held = uid === 0 ? [...available] : [];
  return { bounding: [...available], permitted: held, effective: [...held] };
}
