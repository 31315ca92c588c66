import type { Logger } from '@arcbox/log';
import { outsideRequest } from '@arcbox/request';
import type { Container } from '../record/container.ts';

/** Whoever looks after containers while they run. */
export interface RunWatch {
  /** Of a run that has just begun in this process. Called for one that is looked after already, it changes nothing. */
  began(id: string): void;
  /** Of all that run, time and again, by the replica that patrols. */
  look(running: readonly Container[]): void;
}

/**
 * All of them. One that fails, as when containers have used up the inotify watches
 * of their user, fails neither a start nor the others, and is called again in time.
 */
export function allOf(watches: readonly RunWatch[], log: Logger): RunWatch {
  const each = (call: (watch: RunWatch) => void): void => {
    for (const watch of watches) {
      try {
        call(watch);
      } catch (error) {
        log.warn({ error }, 'looking after running containers failed');
      }
    }
  };
  return {
    // What a run does is not the doing of the request that has started it.
    began: (id) => outsideRequest(() => each((watch) => watch.began(id))),
    look: (running) => each((watch) => watch.look(running)),
  };
}
