import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mount, MountFlag, systemCall, unmount, withNewNamespaces } from '@arcbox/linux';

const unshare = systemCall('unshare', 'int unshare(int flags)');
const setns = systemCall('setns', 'int setns(int fd, int type)');

/** CLONE_NEWNET of unshare(2) and setns(2) */
const networkNamespace = 0x4000_0000;

/** The network namespace of the calling thread. */
const own = '/proc/thread-self/ns/net';

/** What every container gets, as in other engines: any port and ping without privileges. */
const settings = { 'ipv4/ip_unprivileged_port_start': '0', 'ipv4/ping_group_range': '0 2147483647' };
/** Addresses are ours to give: no waiting for duplicates, no listening to routers. */
const withIPv6 = { 'ipv6/conf/default/accept_dad': '0', 'ipv6/conf/default/accept_ra': '0' };
/** Interfaces that come later have no IPv6; the loopback keeps ::1. */
const withoutIPv6 = { 'ipv6/conf/default/disable_ipv6': '1' };

/**
 * Makes a network namespace and binds it to `path`, half a millisecond's work:
 * this thread goes there and comes back before anything else can run on it.
 */
export function createNamespace(path: string, options: Options): void {
  prepare(path);
  try {
    away(() => {
      unshare(networkNamespace);
      mount({ type: '', source: own, target: path, flags: MountFlag.bind });
      configureNew(options);
    });
  } catch (error) {
    removeNamespace(path);
    throw error;
  }
}

/**
 * The same, owned by the user namespace at `owner`: there, and in no other, its
 * root has a say in it. A process of many threads cannot go there: another does.
 */
export async function createOwnedNamespace(path: string, options: Options, owner: string): Promise<void> {
  prepare(path);
  try {
    await withNewNamespaces('nsenter', [`--user=${owner}`, 'unshare', '--net'], (proc) => {
      mount({ type: '', source: `${proc}/ns/net`, target: path, flags: MountFlag.bind });
    });
    inside(path, () => configureNew(options));
  } catch (error) {
    removeNamespace(path);
    throw error;
  }
}

interface Options {
  readonly ipv6: boolean;
}

function prepare(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
  writeFileSync(path, '', { mode: 0o444 });
}

function configureNew({ ipv6 }: Options): void {
  configure({ ...settings, ...(ipv6 ? withIPv6 : withoutIPv6) });
}

/** Lets go of the namespace; it ends with its last process. What is not there is fine. */
export function removeNamespace(path: string): void {
  unmount(path);
  rmSync(path, { force: true });
}

/** Whether a namespace is bound to `path`; after a reboot only the file is left. */
export function isNamespace(path: string): boolean {
  try {
    return statSync(path).dev === statSync(own).dev;
  } catch {
    return false;
  }
}

export function listNamespaces(directory: string): string[] {
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  return readdirSync(directory).map((name) => join(directory, name));
}

/** Lets interfaces of a namespace have IPv6 or not, whatever the others have. */
export function permitIPv6(path: string, devices: readonly { readonly device: string; readonly ipv6: boolean }[]): void {
  inside(path, () => {
    for (const { device, ipv6 } of devices) {
      const place = `ipv6/conf/${device}`;
      configure({ [`${place}/accept_dad`]: '0', [`${place}/accept_ra`]: '0', [`${place}/disable_ipv6`]: ipv6 ? '0' : '1' });
    }
  });
}

/** Does something in a namespace. */
export function inside<R>(path: string, work: () => R): R {
  const there = openSync(path, 'r');
  try {
    return away(() => {
      setns(there, networkNamespace);
      return work();
    });
  } finally {
    closeSync(there);
  }
}

/** `work` takes this thread to another namespace; it comes back whatever happens there. */
function away<R>(work: () => R): R {
  const home = openSync(own, 'r');
  try {
    return work();
  } finally {
    comeHome(home);
    closeSync(home);
  }
}

function configure(values: { readonly [name: string]: string }): void {
  for (const [name, value] of Object.entries(values)) {
    try {
      writeFileSync(`/proc/sys/net/${name}`, value);
    } catch (error) {
      // A kernel without IPv6 has none of its settings.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

function comeHome(home: number): void {
  try {
    setns(home, networkNamespace);
  } catch {
    // A worker in the wrong namespace would break the host's network: better none, the supervisor starts another.
    process.abort();
  }
}
