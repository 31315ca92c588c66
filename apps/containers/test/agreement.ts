import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMounts } from '@arcbox/linux';
import { isAlive, openStore } from '@arcbox/store';
import type { TemporaryRoot } from '@arcbox/testing';
import { type Container, isRunning } from '../src/record/container.ts';

/** Variable that every process of these containers has, with the root as its value. */
export const mark = 'ARCBOX_TEST_ROOT';

/** What is on disk and in the kernel of the containers of a root; each a list of ids or of what else names it. */
interface Facts {
  readonly homes: readonly string[];
  readonly bundles: readonly string[];
  readonly runtimes: readonly string[];
  readonly exits: readonly string[];
  readonly uppers: readonly string[];
  readonly mounts: readonly string[];
  readonly namespaces: readonly string[];
  readonly cgroups: readonly string[];
  /** Ids of containers with a living conmon. */
  readonly monitors: readonly string[];
  /** Pids. */
  readonly processes: readonly number[];
}

/** All that does not fit together, for people; empty when records, disk and kernel agree. `ids` are all there ever were. */
export function disagreements(root: TemporaryRoot, ids: readonly string[]): string[] {
  using store = openStore(join(root.path, 'containers/state.db'));
  const records = store.collection<Container>('containers').all();
  const facts = factsOf(root, ids);
  const strays = (what: string, found: readonly string[], wanted: (container: Container) => boolean): string[] => {
    const expected = records.filter(wanted).map(({ id }) => id);
    return [
      ...found.filter((id) => !expected.includes(id)).map((id) => `${what} of ${id.slice(0, 12)} should not be`),
      ...expected.filter((id) => !found.includes(id)).map((id) => `${what} of ${id.slice(0, 12)} is missing`),
    ];
  };
  return [
    ...records.flatMap(halfDone),
    ...strays('home', facts.homes, () => true),
    ...strays('prepared root', facts.uppers, () => true),
    ...strays('bundle', facts.bundles, isRunning),
    ...strays('runtime state', facts.runtimes, isRunning),
    ...strays('mount', facts.mounts, isRunning),
    ...strays('network namespace', facts.namespaces, isRunning),
    ...strays('cgroup', facts.cgroups, isRunning),
    ...strays('conmon', facts.monitors, isRunning),
    ...facts.exits.map((id) => `exit file of ${id} is left`),
    ...strayProcesses(facts.processes, records.filter(isRunning)),
  ];
}

function halfDone({ id, name, status }: Container): string[] {
  const { state, starting, held, process } = status;
  const said = `${name} (${id.slice(0, 12)}) is ${state}`;
  const isUp = state === 'running' || state === 'paused';
  if (!['created', 'running', 'paused', 'restarting', 'exited'].includes(state) || starting) return [`${said}, starting: ${starting}`];
  if (isUp !== (held === true) || isUp !== (process !== undefined)) return [`${said}, held: ${held}, process: ${process?.identity}`];
  if (process && !(isAlive(process.identity) && isAlive(process.monitor))) return [`${said}, but its process or its monitor is gone`];
  const isFrozen = readText(`/sys/fs/cgroup/freezer/arcbox/${id}/freezer.state`).trim() === 'FROZEN';
  return existsSync('/sys/fs/cgroup/freezer') && isUp && isFrozen !== (state === 'paused') ? [`${said}, frozen: ${isFrozen}`] : [];
}

function strayProcesses(processes: readonly number[], running: readonly Container[]): string[] {
  return processes
    .filter((pid) => !running.some(({ id }) => readText(`/proc/${pid}/cgroup`).includes(id)))
    .map((pid) => `process ${pid} (${readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}) belongs to nothing that runs`)
    // One may have ended since the look.
    .filter((_, i) => existsSync(`/proc/${processes[i]}/exe`));
}

function factsOf({ path }: TemporaryRoot, ids: readonly string[]): Facts {
  const listed = (place: string): string[] => (existsSync(join(path, place)) ? readdirSync(join(path, place)) : []);
  const withId = (names: readonly string[]): string[] => names.flatMap((name) => /[0-9a-f]{64}/.exec(name) ?? []);
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  const commands = all.map((pid) => readText(`/proc/${pid}/cmdline`).split('\0'));
  const monitors = commands.filter((args) => args[0]?.endsWith('conmon') && args.some((arg) => arg.includes(`${path}/`)) && !args.includes('--exec'));
  const namespaces = readdirSync('/run/netns').flatMap((name) => ids.filter((id) => name === `abx-t-${id.slice(0, 12)}`));
  const hierarchies = existsSync('/sys/fs/cgroup/cgroup.controllers') ? [''] : readdirSync('/sys/fs/cgroup');
  const groups = hierarchies.flatMap((name) => listedIn(join('/sys/fs/cgroup', name, 'arcbox'))).filter((id) => ids.includes(id));
  return {
    homes: withId(listed('containers')),
    bundles: withId(listed('run/containers')),
    runtimes: withId(listed('run/runc')),
    exits: listed('run/exits'),
    uppers: withId(listed('fake-upper')),
    mounts: [...new Set(withId(readMounts().filter((mount) => mount.startsWith(`${path}/`))))],
    namespaces,
    cgroups: [...new Set(groups)],
    monitors: withId(monitors.map((args) => args.find((arg) => arg.startsWith('--cid=')) ?? '')),
    processes: all.filter((pid) => readText(`/proc/${pid}/environ`).split('\0').includes(`${mark}=${path}`)),
  };
}

function listedIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
