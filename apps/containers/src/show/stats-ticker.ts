import { setImmediate as breathe } from 'node:timers/promises';
import type { Container } from '../record/container.ts';
import { hostCpu, type Sample, sample } from './stats.ts';
import { formatNano, nowNano } from '../record/time.ts';

/** What a container used at one moment. */
export interface Reading {
  readonly id: string;
  readonly name: string;
  /** RFC 3339 with nanoseconds. */
  readonly read: string;
  /** Undefined when it does not run. */
  readonly sample: Sample | undefined;
}

export interface StatsWatcher {
  /** Undefined: all that run. */
  readonly ids: ReadonlySet<string> | undefined;
  /** Must not wait. */
  take(reading: Reading): void;
  /** Nothing more comes: all that were named are gone, or `error`. */
  end(error?: unknown): void;
}

/** Where the containers are found. */
export interface Sampled {
  running(): Container[];
  get(id: string): Container | undefined;
}

interface Round {
  readonly watchers: Set<StatsWatcher>;
  readonly timer: NodeJS.Timeout;
  sampling: boolean;
}

/** So many samples are taken before other work gets its turn. */
const batch = 20;

/** Takes samples, once for all who watch in the same rhythm, and only while somebody does. */
export class StatsTicker implements Disposable {
  readonly #containers: Sampled;
  readonly #rounds = new Map<number, Round>();

  constructor(containers: Sampled) {
    this.#containers = containers;
  }

  /** Begins at once. Disposing ends it. */
  watch(interval: number, watcher: StatsWatcher): Disposable {
    const round = this.#rounds.get(interval) ?? this.#begin(interval);
    round.watchers.add(watcher);
    // Whoever has just come does not wait for the next turn.
    void this.#sample([watcher]);
    return {
      [Symbol.dispose]: () => {
        round.watchers.delete(watcher);
        if (round.watchers.size > 0 || this.#rounds.get(interval) !== round) return;
        clearInterval(round.timer);
        this.#rounds.delete(interval);
      },
    };
  }

  #begin(interval: number): Round {
    const timer = setInterval(() => void this.#turn(round), interval);
    const round: Round = { watchers: new Set(), timer, sampling: false };
    timer.unref();
    this.#rounds.set(interval, round);
    return round;
  }

  /** A machine that is too slow for the rhythm leaves turns out. */
  async #turn(round: Round): Promise<void> {
    if (round.sampling) return;
    round.sampling = true;
    await this.#sample([...round.watchers]);
    round.sampling = false;
  }

  /** Never throws: those who watch hear of a failure. */
  async #sample(watchers: readonly StatsWatcher[]): Promise<void> {
    try {
      const host = hostCpu();
      let taken = 0;
      for (const container of this.#wanted(watchers)) {
        const { id, name } = container;
        const reading = { id, name, read: formatNano(nowNano()), sample: sample(container, host) };
        for (const watcher of watchers) if (wants(watcher, reading)) watcher.take(reading);
        if (++taken % batch === 0) await breathe();
      }
      for (const watcher of watchers) if (this.#isOver(watcher)) watcher.end();
    } catch (error) {
      for (const watcher of watchers) watcher.end(error);
    }
  }

  #wanted(watchers: readonly StatsWatcher[]): Container[] {
    const running = watchers.some(({ ids }) => !ids) ? this.#containers.running().filter(({ config }) => !config.internal) : [];
    const found = new Map(running.map((container) => [container.id, container]));
    for (const id of watchers.flatMap(({ ids }) => [...(ids ?? [])])) {
      const container = found.get(id) ?? this.#containers.get(id);
      if (container) found.set(id, container);
    }
    return [...found.values()];
  }

  #isOver({ ids }: StatsWatcher): boolean {
    return ids !== undefined && [...ids].every((id) => !this.#containers.get(id));
  }

  [Symbol.dispose](): void {
    for (const { timer, watchers } of this.#rounds.values()) {
      clearInterval(timer);
      for (const watcher of watchers) watcher.end();
    }
    this.#rounds.clear();
  }
}

function wants({ ids }: StatsWatcher, { id, sample: taken }: Reading): boolean {
  return ids ? ids.has(id) : taken !== undefined;
}
