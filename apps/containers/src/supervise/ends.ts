import { forRequest } from '@arcbox/request';
import { isAlive } from '@arcbox/store';
import { type Container, isRunning } from '../record/container.ts';
import type { Status } from '../record/status.ts';
import type { Containers } from '../record/containers.ts';
import { type Happening, outOfMemory } from '../record/events.ts';
import type { Places } from '../record/places.ts';
import { Bundle } from '../runtime/bundle.ts';
import { outOfMemoryKills } from '../runtime/cgroup.ts';
import { type Retry, retryAfter } from './restart-policy.ts';
import { cgroupPath } from '../spec/cgroup-path.ts';
import { formatNano, nowNano, parseNano } from '../record/time.ts';

interface End {
  readonly exitCode: number;
  readonly finishedAt: string;
  readonly error: string;
  readonly oomKilled: boolean;
  readonly oomKills: number;
}

/** Exit code where nobody saw the real one. */
const unknownCode = 255;

/** Finds out that runs have ended, and writes it down. */
export class Ends {
  readonly #containers: Containers;
  readonly #places: Places;
  readonly #settle: (id: string) => void;

  /** `settle` starts what follows an end; it must not wait. */
  constructor(containers: Containers, places: Places, settle: (id: string) => void) {
    this.#containers = containers;
    this.#places = places;
    this.#settle = settle;
  }

  /**
   * Looks whether the container's run has ended. Any number of replicas may do
   * so at the same time: state and generation are compared in the transaction,
   * so that one of them writes it down, with the one `die` event, and settles.
   */
  notice(id: string): void {
    const seen = this.#containers.get(id);
    if (seen) this.look(seen);
  }

  /** The same for one that has just been read. */
  look(seen: Container): void {
    this.#note(seen, (container, bundle) => (mayRun(container, bundle) ? undefined : findEnd(container, bundle)));
  }

  /** The same where nothing of the run can be left: the host has restarted. */
  lost(seen: Container): void {
    this.#note(seen, findEnd);
  }

  #note(seen: Container, find: (container: Container, bundle: Bundle) => End | undefined): void {
    const { id } = seen;
    if (!isRunning(seen)) return;
    const end = find(seen, new Bundle(this.#places.bundle(id)));
    if (!end) return;
    // Not the doing of the request that happens to see it. Whoever has asked for it did so before it came.
    forRequest(this.#containers.get(id)?.status.stoppedFor, () => this.#write(seen, end));
  }

  #write({ id, status: { generation } }: Container, end: End): void {
    const noted = this.#containers.transition(id, (container) => {
      const { status } = container;
      if (!isRunning(container) || status.generation !== generation) return undefined;
      const after = ended(container, end);
      return { status: after, events: eventsOf(container, end, after.retry) };
    });
    if (noted) this.#settle(id);
  }

  settle(id: string): void {
    this.#settle(id);
  }
}

/** There are no notes of conmon, and it, or the process, lives. */
function mayRun({ status }: Container, bundle: Bundle): boolean {
  const { process } = status;
  // Asked before looking for notes: one that ends in between has written them.
  const lives = process !== undefined && (isAlive(process.monitor) || isAlive(process.identity));
  return lives && !bundle.readEnd();
}

/** From conmon's notes, where it could make any. */
function findEnd(container: Container, bundle: Bundle): End {
  const oomKills = Math.max(outOfMemoryKills(cgroupPath(container)), container.status.oomKills ?? 0);
  const memory = { oomKills, oomKilled: bundle.sawOutOfMemory || oomKills > 0 };
  const end = bundle.readEnd();
  if (end) return { ...end, ...memory, error: '' };
  const error = 'its monitor was killed or the host restarted: the exit code is not known';
  return { exitCode: unknownCode, finishedAt: formatNano(nowNano()), error, ...memory };
}

function ended(container: Container, end: End): Status {
  const { status } = container;
  const lasted = Number((parseNano(end.finishedAt) - parseNano(status.startedAt)) / 1_000_000n);
  const retry = retryAfter(container, { exitCode: end.exitCode, lasted }, Date.now());
  const next = { ...status, ...end, exits: status.exits + 1, process: undefined, held: true };
  return { ...next, state: retry ? 'restarting' : 'exited', retry };
}

function eventsOf(told: Container, end: End, retry: Retry | undefined): Happening[] {
  const { config, status } = told;
  const { exitCode, finishedAt, oomKilled, oomKills, error } = end;
  const seconds = (parseNano(finishedAt) - parseNano(status.startedAt)) / 1_000_000_000n;
  const execDuration = String(seconds > 0n ? seconds : 0n);
  const again: Happening['attributes'] = retry && { restartPolicy: config.restart?.name ?? '', restartDelay: String(retry.delay) };
  const odd: Happening['attributes'] = error ? { exitError: error } : undefined;
  const die: Happening = { action: 'die', attributes: { exitCode: String(exitCode), execDuration, ...odd, ...again } };
  const isNews = oomKills > (status.oomKills ?? 0) || (oomKilled && !status.oomKilled);
  return isNews ? [outOfMemory(config), die] : [die];
}
