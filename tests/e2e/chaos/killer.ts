import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../engine.ts';

/** Kills processes of an engine one after the other until it is disposed. */
export interface Killer extends AsyncDisposable {
  /** How often each was killed. */
  readonly kills: ReadonlyMap<string, number>;
}

/** kill -9 of one of `victims`, whichever `random` says, each `pause` milliseconds or up to twice that. */
export function startKiller(engine: Engine, options: { victims: readonly string[]; pause: number; random: () => number }): Killer {
  const { victims, pause, random } = options;
  const abort = new AbortController();
  const kills = new Map<string, number>();
  const kill = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      await sleep(pause * (1 + random()), undefined, { signal: abort.signal }).catch(() => {});
      const victim = victims[Math.floor(random() * victims.length)] ?? '';
      if (!abort.signal.aborted && isKilled(engine, victim)) kills.set(victim, (kills.get(victim) ?? 0) + 1);
    }
  };
  const killing = kill();
  return {
    kills,
    async [Symbol.asyncDispose]() {
      abort.abort();
      await killing;
    },
  };
}

/** False when it is dead already, and not started anew yet. */
function isKilled(engine: Engine, victim: string): boolean {
  try {
    engine.kill(victim);
    return true;
  } catch {
    return false;
  }
}
