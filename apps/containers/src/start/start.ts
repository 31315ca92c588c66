import { setTimeout as sleep } from 'node:timers/promises';
import { failedPrecondition, unavailable } from '@arcbox/errors';
import type { TerminalSize } from '@arcbox/linux';
import type { Container } from '../record/container.ts';
import type { Network, Process, Status } from '../record/status.ts';
import { type FinishStartDeps, holdWhole } from './finish-start.ts';
import { holdVolumes, type HoldVolumesDeps } from './hold-volumes.ts';
import { giveBack, type GiveBackDeps } from '../stop/give-back.ts';
import { confine } from './confine.ts';
import { explainFailure } from './explain-failure.ts';
import { failStart } from './fail-start.ts';
import { markRunning } from './mark-running.ts';
import { connect, type NetworkDeps, writeEngineFiles } from './network.ts';
import { mountRoot } from './root.ts';
import { missingOf, sourcesOf } from './sources.ts';
import type { Places } from '../record/places.ts';
import { Bundle } from '../runtime/bundle.ts';
import { startMonitor } from '../runtime/conmon.ts';
import { buildSpec } from '../spec/build.ts';
import type { HostAbilities } from '../spec/host.ts';
import { readInRoot } from '../spec/in-root.ts';
import { type ProcessUser, resolveUser } from '../spec/user.ts';
import { surround } from './surround.ts';
import { formatNano, nowNano } from '../record/time.ts';
import { outside } from '../userns/id-maps.ts';
import { mountMappedRoot } from '../userns/mapped-files.ts';
import { type Mapping, openMapping } from '../userns/mapping.ts';
import { ownStreams } from '../userns/own-streams.ts';
import { showRoot } from '../userns/shown-root.ts';

export interface StartDeps extends NetworkDeps, FinishStartDeps, HoldVolumesDeps {
  readonly containers: GiveBackDeps['containers'];
  readonly places: GiveBackDeps['places'];
  readonly sandboxes: NetworkDeps['sandboxes'] & GiveBackDeps['sandboxes'];
  readonly host: HostAbilities;
  readonly runs: { began(id: string): void };
}

export interface StartOptions {
  readonly terminal?: TerminalSize | undefined;
  /** Asked with the same one again, it is started once. */
  readonly key?: string | undefined;
}

/** Between two looks whether the files of its last run are closed; milliseconds. */
const filesPause = 50;

/**
 * Runs a container's process. `signal` ends the waiting for others; a start that
 * has begun is finished or undone, whatever becomes of the caller. Asked with the
 * same `key` again, as when its worker has died, it is started once.
 */
export async function startContainer(
  deps: StartDeps,
  reference: string,
  signal: AbortSignal,
  options: StartOptions = {},
): Promise<void> {
  const { containers } = deps;
  const { id } = containers.find(reference);
  using _lease = await holdWhole(deps, id, signal);
  await beginContainer(deps, id, signal, options);
}

/** The same for a container whose lease the caller holds. */
export async function beginContainer(deps: StartDeps, id: string, signal: AbortSignal, { terminal, key }: StartOptions = {}): Promise<void> {
  const { containers } = deps;
  const present = containers.find(id);
  if (present.status.state === 'running') return;
  // Whoever was asked before has started it, and died before saying so.
  if (key !== undefined && present.status.startKey === key) return;
  requireStartable(present);
  while (containers.areFilesOpen(id)) await sleep(filesPause, undefined, { signal });
  await runContainer(deps, present, { restarts: 0, stopWanted: undefined, retry: undefined, startKey: key }, terminal);
}

/** Starts a container that does not run. The caller holds its lease. `noted` says whose wish it is. */
export async function runContainer(
  deps: StartDeps,
  present: Container,
  noted: Pick<Status, 'restarts' | 'stopWanted' | 'retry' | 'startKey'>,
  terminal?: TerminalSize,
): Promise<void> {
  const { containers } = deps;
  const { id } = present;
  if (present.status.held) await giveBack(deps, present);
  const container = containers.transition(id, ({ status }) => ({ status: { ...begun(status), ...noted } }));
  if (!container) return;
  try {
    await using _volumes = await holdVolumes(deps, container);
    const run = await launch(deps, container, terminal);
    markRunning(containers, id, { ...run, startedAt: formatNano(nowNano()) });
  } catch (error) {
    await failStart(deps, container, error);
    throw explainFailure(container.name, error);
  }
  // It may have ended before it was known to run: nobody else will look again so soon.
  deps.ends.notice(id);
  deps.runs.began(id);
}

function requireStartable({ name, status }: Container): void {
  if (['created', 'exited', 'restarting'].includes(status.state)) return;
  const why = status.state === 'paused' ? 'is paused, unpause it first' : `cannot be started: it is ${status.state}`;
  throw failedPrecondition(`container ${name} ${why}`);
}

function begun(status: Status): Status {
  return { ...status, generation: status.generation + 1, starting: true, error: '', oomKilled: false, oomKills: undefined, stoppedFor: undefined };
}

interface Run {
  readonly process: Process;
  readonly network?: Network;
}

/** Makes network, root and process, and lets the process go. */
async function launch(deps: StartDeps, container: Container, size: TerminalSize | undefined): Promise<Run> {
  const { id, config } = container;
  if (deps.containers.areFilesOpen(id)) throw unavailable(`files of container ${container.name} are still being copied`);
  const home = deps.places.home(id);
  const root = deps.places.root(id);
  using mapping = await openMapping(deps.containers, container);
  const connecting = connect(deps, container, mapping?.namespace);
  // Root and network do not need each other; a failure of one waits for the other, so that all can be given back.
  const mounting = mountForUser(deps.places, container, mapping);
  const [rooted, connected, answered] = await Promise.allSettled([mounting, connecting, requireSources(container, mapping)]);
  if (rooted.status === 'rejected') throw rooted.reason;
  if (connected.status === 'rejected') throw connected.reason;
  if (answered.status === 'rejected') throw answered.reason;
  const connection = connected.value;
  writeEngineFiles(home, config.hostname, connection, mapping?.ids);
  const bundle = new Bundle(deps.places.bundle(id));
  const { host } = deps;
  const surroundings = surround(deps, container, mapping);
  const found = { root: mapping ? showRoot(deps.places, id, mapping.ids) : root, user: rooted.value, host, network: connection.namespace };
  await confine(config, host);
  bundle.create(buildSpec({ container, surroundings, ...found, mapping, ...(size ? { terminal: size } : {}) }));
  const { tty: terminal, stdinOpen: stdin } = config;
  const process = await startMonitor({ id, name: container.name, bundle, places: deps.places, terminal, stdin, logs: config.logs });
  const owner = mapping && outside(mapping.ids, rooted.value);
  if (owner) ownStreams(process.pid, owner);
  await deps.runtime.release(id, process);
  return { process, network: connection.network };
}

/**
 * Of what is mounted here itself, and of what the runtime will mount for it. With ids
 * of its own, the runtime opens binds early, and fails without a word where there are none.
 */
async function requireSources({ config }: Container, mapping: Mapping | undefined): Promise<void> {
  const opened = config.mounts.filter(({ type, subpath }) => type === 'bind' || subpath !== undefined || mapping !== undefined);
  const missing = await missingOf(sourcesOf(opened, 'bind', 'volume'));
  const gone = mapping && sourcesOf(opened, 'bind').find((source) => missing.includes(source));
  if (gone !== undefined) throw failedPrecondition(`bind source path does not exist: ${gone}`);
}

async function mountForUser(places: Places, { id, config }: Container, mapping: Mapping | undefined): Promise<ProcessUser> {
  const root = places.root(id);
  if (mapping) mountMappedRoot(places, root, config.root, mapping.owners);
  else mountRoot(root, config.root);
  return resolveUser(config.user, readInRoot(root, 'etc/passwd') ?? '', readInRoot(root, 'etc/group') ?? '', config.security?.groupAdd);
}
