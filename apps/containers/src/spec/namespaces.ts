import type { Config } from '../record/config.ts';
import { sharedWith } from '../options/namespaces.ts';
import { networkSysctls } from './defaults.ts';
import { countOf, type IdMaps } from '../userns/id-maps.ts';
import type { OciSpec } from './oci.ts';

/** The host's, a new one with loopback only, or one that is there: the container's own or another's. */
export type NetworkNamespace = 'host' | 'new' | { readonly path: string; readonly own: boolean };

/** Files of namespaces of other containers. */
export interface JoinedNamespaces {
  readonly ipc?: string;
  readonly pid?: string;
}

interface Surroundings {
  readonly network: NetworkNamespace;
  readonly joined: JoinedNamespaces;
  /** Path of the user namespace; undefined: the host's. */
  readonly user?: string | undefined;
  /** cgroups in one unified hierarchy. */
  readonly unified: boolean;
}

/** The namespaces of a container; what is not among them is the host's. */
export function namespacesOf({ namespaces }: Pick<Config, 'namespaces'>, { network, joined, unified, user }: Surroundings): OciSpec['linux']['namespaces'] {
  const { ipcMode = '', pidMode = '', utsMode = '', cgroupnsMode = '' } = namespaces ?? {};
  const isCgroupPrivate = cgroupnsMode === '' ? unified : cgroupnsMode === 'private';
  return [
    ...(user === undefined ? [] : [{ type: 'user', path: user }]),
    { type: 'mount' },
    ...entry('pid', pidMode, joined.pid),
    ...entry('ipc', ipcMode, joined.ipc),
    ...entry('uts', utsMode),
    ...(network === 'host' ? [] : [{ type: 'network', ...(network === 'new' ? {} : { path: network.path }) }]),
    ...(isCgroupPrivate ? [{ type: 'cgroup' }] : []),
  ];
}

function entry(type: string, mode: string, path?: string): OciSpec['linux']['namespaces'] {
  if (mode === 'host') return [];
  return [sharedWith(mode) === undefined || path === undefined ? { type } : { type, path }];
}

/** Kernel parameters of the container's own namespaces. */
export function sysctlsOf({ namespaces }: Pick<Config, 'namespaces'>, network: NetworkNamespace, ids?: IdMaps): { [name: string]: string } {
  const isOwn = network === 'new' || (network !== 'host' && network.own);
  return {
    ...(isOwn ? networkSysctls : {}),
    // Only groups that there are can be given.
    ...(isOwn && ids ? { 'net.ipv4.ping_group_range': `0 ${countOf(ids.gids) - 1}` } : {}),
    ...(namespaces?.domainname ? { 'kernel.domainname': namespaces.domainname } : {}),
    ...namespaces?.sysctls,
  };
}
