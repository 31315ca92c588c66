import { Counter, Gauge } from '@arcbox/metrics';
import type { State } from './status.ts';

const byState = new Gauge('arcbox_containers', 'Containers in each state; all replicas tell the same.');

/** Starts that nobody has asked for. */
export const restarts = new Counter('arcbox_container_restarts_total', 'Starts by restart policies.');

const states: readonly State[] = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'];

/** Tells how many containers are in each state, until it is disposed. */
export function tellOfContainers(countByState: () => ReadonlyMap<string, number>): Disposable {
  return byState.from(() => {
    const counts = countByState();
    return states.map((state) => ({ labels: { state }, value: counts.get(state) ?? 0 }));
  });
}
