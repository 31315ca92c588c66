import { closeSync, constants, lstatSync, mkdirSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { failedPrecondition } from '@arcbox/errors';
import { isMounted, mount, MountFlag, openInRoot, unmount } from '@arcbox/linux';
import { isAlive } from '@arcbox/store';
import type { Config, MountUse } from '../record/config.ts';
import { type Container, isRunning } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import { type BlockLimits, findBlockLimits } from './block-limits.ts';
import { findDevices } from './host-devices.ts';
import { sharedWith } from '../options/namespaces.ts';
import type { Places } from '../record/places.ts';
import { propagationOf } from './propagation.ts';
import { findProgram } from '../runtime/programs.ts';
import { defaultShmBytes } from '../spec/defaults.ts';
import type { FoundDevice } from '../spec/devices.ts';
import type { HostAbilities } from '../spec/host.ts';
import type { MountSources } from '../spec/mounts.ts';
import type { JoinedNamespaces } from '../spec/namespaces.ts';
import { type IdMaps, rootOf } from '../userns/id-maps.ts';
import { showEngineFiles } from '../userns/engine-files.ts';
import { lockedOptions } from '../userns/locked-options.ts';
import { mountMapped } from '../userns/mapped-files.ts';
import type { Mapping } from '../userns/mapping.ts';

/** What a start takes from the host and from other containers. */
export interface Surroundings extends MountSources {
  readonly joined: JoinedNamespaces;
  readonly devices: readonly FoundDevice[];
  readonly blockLimits: BlockLimits;
  readonly propagation: 'shared' | 'rslave' | undefined;
}

export interface SurroundDeps {
  readonly containers: Containers;
  readonly places: Places;
  readonly host: HostAbilities;
}

/** Finds, and where needed makes, what a container that starts has around it. `clearSurroundings` undoes it. */
export function surround({ containers, places, host }: SurroundDeps, { id, config }: Container, mapping?: Mapping): Surroundings {
  const { ipcMode = '', pidMode = '' } = config.namespaces ?? {};
  const home = places.home(id);
  const [ipcOf, pidOf] = [sharedWith(ipcMode), sharedWith(pidMode)];
  const ipc = ipcOf === undefined ? undefined : requireShareable(requireProcess(containers, ipcOf, 'IPC'));
  const pid = pidOf === undefined ? undefined : requireProcess(containers, pidOf, 'PID');
  const resolved = new Map([...mountSources(home, config.mounts, mapping), ...(mapping ? mountEngineFiles(places, home, config, mapping) : [])]);
  const shm = ipcMode === 'host' ? '/dev/shm' : ipc ? shmOf(places, ipc.id) : undefined;
  return {
    home,
    joined: { ...(ipc ? { ipc: `/proc/${ipc.pid}/ns/ipc` } : {}), ...(pid ? { pid: `/proc/${pid.pid}/ns/pid` } : {}) },
    shm: ipcMode === 'shareable' ? makeShm(shmOf(places, id), config.storage?.shmBytes || defaultShmBytes, mapping?.ids) : shm,
    // What is the host's, only the host's root mounts.
    mqueue: mapping && ipcMode === 'host' ? makeQueues(join(mountsDirectory(home), 'mqueue')) : undefined,
    devices: findDevices(config),
    blockLimits: findBlockLimits(config, host),
    resolved,
    ...(mapping ? { locked: lockedOf(config.mounts, resolved) } : {}),
    isMapped: mapping !== undefined,
    // In the process table of somebody else it would be no init.
    init: config.life?.init && pidMode === '' ? findProgram('tini-static') : undefined,
    propagation: propagationOf(config.mounts),
  };
}

interface Donor {
  readonly id: string;
  readonly name: string;
  readonly ipcMode: string;
  readonly pid: number;
}

function requireProcess(containers: Containers, id: string, what: string): Donor {
  const donor = containers.find(id);
  const { name, config, status } = donor;
  // Its pid may be anybody's once it has ended, whether or not that is written down.
  if (!isRunning(donor) || !status.process || !isAlive(status.process.identity)) throw failedPrecondition(`cannot join ${what} of a container that is not running: ${name}`);
  return { id, name, ipcMode: config.namespaces?.ipcMode ?? '', pid: status.process.pid };
}

function requireShareable(donor: Donor): Donor {
  if (donor.ipcMode === 'shareable') return donor;
  throw failedPrecondition(`container ${donor.name}: non-shareable IPC (hint: use the IPC mode shareable for it)`);
}

/** Below a container's home: what is mounted there goes with the run. */
function mountsDirectory(home: string): string {
  return join(home, 'mounts');
}

function shmOf(places: Places, id: string): string {
  return join(mountsDirectory(places.home(id)), 'shm');
}

function makeShm(target: string, bytes: number, ids: IdMaps | undefined): string {
  mkdirSync(target, { recursive: true, mode: 0o700 });
  const flags = MountFlag.nosuid | MountFlag.nodev | MountFlag.noexec;
  const { uid, gid } = rootOf(ids);
  const data = `mode=1777,size=${bytes},uid=${uid},gid=${gid}`;
  if (!isMounted(target)) mount({ type: 'tmpfs', source: 'shm', target, flags, data });
  return target;
}

function makeQueues(target: string): string {
  mkdirSync(target, { recursive: true, mode: 0o700 });
  const flags = MountFlag.nosuid | MountFlag.nodev | MountFlag.noexec;
  if (!isMounted(target)) mount({ type: 'mqueue', source: 'mqueue', target, flags });
  return target;
}

/**
 * A container may put links in the way of a path in a volume: what was found inside it is mounted, not the path.
 * Volumes of one with ids of its own are mounted with these.
 */
function mountSources(home: string, mounts: readonly MountUse[], mapping: Mapping | undefined): Map<string, string> {
  const wanted = mounts.filter(({ type, subpath }) => subpath !== undefined || (mapping && type === 'volume'));
  return new Map(wanted.map(({ source, target, subpath = '.', volume = '' }, i) => {
    const place = join(mountsDirectory(home), String(i));
    mkdirSync(place, { recursive: true, mode: 0o700 });
    const descriptor = openDirectory(source, subpath, volume);
    const found = `/proc/self/fd/${descriptor}`;
    try {
      if (mapping) mountMapped(found, place, { owners: mapping.owners, what: `volume ${volume}` });
      else mount({ type: 'none', source: found, target: place, flags: MountFlag.bind | MountFlag.recursive });
    } finally {
      closeSync(descriptor);
    }
    return [target, place];
  }));
}

function lockedOf(mounts: readonly MountUse[], resolved: ReadonlyMap<string, string>): Map<string, string[]> {
  const binds = mounts.filter(({ type, readonly }) => readonly && type !== 'tmpfs');
  return new Map(binds.map(({ source, target }) => [target, lockedOptions(resolved.get(target) ?? source)]));
}

/** The same for what other work of the engine mounts. */
function mountEngineFiles(places: Places, home: string, { mounts, internal }: Config, { owners }: Mapping): [string, string][] {
  if (!internal) return [];
  mkdirSync(mountsDirectory(home), { recursive: true, mode: 0o700 });
  return mounts.map(({ source, target }, i) => {
    const place = join(mountsDirectory(home), `engine-${i}`);
    return [target, showEngineFiles(places, source, place, { owners, overlays: internal.overlays ?? [] })];
  });
}

function openDirectory(root: string, subpath: string, volume: string): number {
  try {
    return openInRoot(root, subpath, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    throw failedPrecondition(`volume ${volume} has no directory ${subpath}`, error);
  }
}

/** Takes the mounts of a run away; there may be none. Nothing is deleted but the empty places. */
export function clearSurroundings(home: string): void {
  const directory = mountsDirectory(home);
  for (const name of namesIn(directory)) {
    const place = join(directory, name);
    unmount(place);
    if (lstatSync(place).isDirectory()) rmdirSync(place);
    else unlinkSync(place);
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
