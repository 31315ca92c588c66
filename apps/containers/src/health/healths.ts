import type { Collection, Store } from '@arcbox/store';
import { type Container, isRunning } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import { parseNano } from '../record/time.ts';
import { timesOf } from './health-check.ts';
import { type CheckResult, type HealthState, judge, type Standing } from './judge.ts';

/** What the checks of a container have found, as it is kept; the state itself is in the container's status. */
export interface HealthRecord {
  /** Of the container. */
  readonly id: string;
  /** The run that the failures are of. */
  readonly generation: number;
  readonly failingStreak: number;
  /** The last ones, oldest first; also of earlier runs. */
  readonly log: readonly CheckResult[];
}

/** So many results are kept. */
const kept = 5;

/** An event tells so many characters of what the failing check has written. */
const toldOutput = 256;

/** What health checks have found, in the service's store. */
export class Healths {
  readonly #records: Collection<HealthRecord>;
  readonly #containers: Containers;

  constructor(store: Store, containers: Containers) {
    this.#containers = containers;
    this.#records = store.collection<HealthRecord>('healths');
  }

  /** As of the container's present run. */
  of({ id, status }: Container): HealthRecord {
    const { generation } = status;
    const record = this.#records.get(id);
    if (record?.generation === generation) return record;
    return { id, generation, failingStreak: 0, log: record?.log ?? [] };
  }

  /**
   * Writes down a check of the run that `seen` is in, and, where it changes
   * whether the container works, this with its event. Nothing of a run that has
   * ended meanwhile.
   */
  note(seen: Container, result: CheckResult): void {
    this.#containers.transition(seen.id, (container) => {
      const { config, status } = container;
      if (!isRunning(container) || status.generation !== seen.status.generation || !config.healthCheck) return undefined;
      const { failingStreak, log } = this.of(container);
      const before = { state: status.health ?? 'starting', failingStreak };
      const sinceStart = Number((parseNano(result.start) - parseNano(status.startedAt)) / 1_000_000n);
      const after = judge(before, result.exitCode, sinceStart, timesOf(config.healthCheck));
      const { generation } = status;
      this.#records.put({ id: seen.id, generation, failingStreak: after.failingStreak, log: [...log, result].slice(-kept) });
      if (after.state === status.health) return undefined;
      const attributes = { health_status: after.state, ...(result.exitCode === 0 ? {} : whyUnhealthy(result, after)) };
      return { status: { ...status, health: after.state }, events: [{ action: 'health_status', attributes }] };
    });
  }

  /** Forgets those of containers that are gone. */
  tidy(): void {
    for (const { id } of this.#records.all()) if (!this.#containers.get(id)) this.#records.delete(id);
  }
}

function whyUnhealthy({ exitCode, output }: CheckResult, { failingStreak }: Standing): { [name: string]: string } {
  return { failingStreak: String(failingStreak), checkExitCode: String(exitCode), checkOutput: output.trim().slice(0, toldOutput) };
}

/** For people and filters, as Docker: a container that had checks and does not run is unhealthy. */
export function healthOf(container: Container): HealthState | 'none' {
  const { health } = container.status;
  if (health === undefined) return 'none';
  return isRunning(container) ? health : 'unhealthy';
}
