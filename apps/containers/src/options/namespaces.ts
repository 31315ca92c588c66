import { invalidArgument } from '@arcbox/errors';
import type { NetworkMode } from '../record/config.ts';
import type { Container } from '../record/container.ts';
import { isGiven } from './given.ts';

/** Which namespaces a container shares, and what is set in its own. Empty texts are the defaults. */
export interface Namespaces {
  /** `private`, `shareable`, `none`, `host` or `container:<full id>`; empty is `private`. */
  readonly ipcMode: string;
  /** `host` or `container:<full id>`; empty is its own. */
  readonly pidMode: string;
  readonly utsMode: '' | 'host';
  readonly cgroupnsMode: '' | 'private' | 'host';
  /** Empty is as the engine does usually; `remap` shares ids with others, `auto` does not. */
  readonly usernsMode: '' | 'host' | 'remap' | 'auto';
  readonly domainname: string;
  /** Kernel parameters. */
  readonly sysctls: { readonly [name: string]: string };
}

/** The same with names of containers, as asked for. */
export type NamespacesRequest = { readonly [Field in Exclude<keyof Namespaces, 'sysctls'>]: string } & Pick<Namespaces, 'sysctls'>;

export interface NamespacesContext {
  readonly find: (reference: string) => Container;
  readonly network: NetworkMode;
  /** As asked for. */
  readonly hostname: string;
}

/** Undefined when nothing is asked for. INVALID_ARGUMENT names what is wrong, NOT_FOUND a container that is not there. */
export function checkNamespaces(request: NamespacesRequest, context: NamespacesContext): Namespaces | undefined {
  const { domainname, sysctls } = request;
  const namespaces: Namespaces = {
    ipcMode: oneOf('IPC', request.ipcMode, ['private', 'shareable', 'none', 'host'], context.find),
    pidMode: oneOf('PID', request.pidMode, ['host'], context.find),
    utsMode: oneOf('UTS', request.utsMode, ['host']),
    cgroupnsMode: oneOf('cgroup namespace', request.cgroupnsMode, ['private', 'host']),
    usernsMode: oneOf('USER', request.usernsMode, ['host', 'remap', 'auto']),
    domainname,
    sysctls,
  };
  if (namespaces.utsMode === 'host' && (context.hostname !== '' || domainname !== '')) {
    throw invalidArgument('conflicting options: hostname and the UTS mode');
  }
  // As setdomainname(2) and DNS have it.
  if (domainname !== '' && !/^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,62}[a-zA-Z0-9])?$/.test(domainname)) {
    throw invalidArgument(`invalid domain name: ${domainname}`);
  }
  for (const [name, value] of Object.entries(sysctls)) checkSysctl(name, value, namespaces, context.network);
  return isGiven(namespaces) ? namespaces : undefined;
}

function oneOf<Mode extends string>(what: string, given: string, modes: readonly Mode[]): Mode | '';
function oneOf(what: string, given: string, modes: readonly string[], find: NamespacesContext['find']): string;
function oneOf(what: string, given: string, modes: readonly string[], find?: NamespacesContext['find']): string {
  if (given === '' || modes.includes(given)) return given;
  const [, reference] = /^container:(.+)$/.exec(given) ?? [];
  if (!find || reference === undefined) throw invalidArgument(`invalid ${what} mode: ${given}`);
  return `container:${find(reference).id}`;
}

/** Full id of the container whose namespace a mode shares. */
export function sharedWith(mode: string): string | undefined {
  return /^container:(.+)$/.exec(mode)?.[1];
}

/** What each IPC namespace has of its own: as Docker lets pass. */
const ipcSysctls = new Set(
  ['msgmax', 'msgmnb', 'msgmni', 'sem', 'shmall', 'shmmax', 'shmmni', 'shm_rmid_forced'].map((name) => `kernel.${name}`),
);

function checkSysctl(name: string, value: string, { ipcMode }: Namespaces, network: NetworkMode): void {
  const isOfIpc = ipcSysctls.has(name) || name.startsWith('fs.mqueue.');
  if (!/^[a-zA-Z0-9_.*/-]+$/.test(name) || name.includes('..') || !(isOfIpc || name.startsWith('net.'))) {
    throw invalidArgument(`sysctl '${name}' is not allowed`);
  }
  if (value === '' || value.includes('\0')) throw invalidArgument(`sysctl '${name}' needs a value`);
  if (isOfIpc && ipcMode === 'host') throw invalidArgument(`sysctl '${name}' is not allowed in the host's IPC namespace`);
  if (!isOfIpc && network.kind === 'host') throw invalidArgument(`sysctl '${name}' is not allowed in the host's network namespace`);
}
