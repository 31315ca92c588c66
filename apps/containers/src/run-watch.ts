import type { Container } from './container.ts';

/** Whoever looks after containers while they run. */
export interface RunWatch {
  /** Of a run that has just begun in this process. Called for one that is looked after already, it changes nothing. */
  began(id: string): void;
  /** Of all that run, time and again, by the replica that patrols. */
  look(running: readonly Container[]): void;
}

export function allOf(watches: readonly RunWatch[]): RunWatch {
  return {
    began: (id) => watches.forEach((watch) => watch.began(id)),
    look: (running) => watches.forEach((watch) => watch.look(running)),
  };
}
