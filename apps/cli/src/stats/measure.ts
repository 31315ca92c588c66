import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerStatsResponse } from '@arcbox/proto/arcbox/v1/container';
import type { Engine } from '../connection.ts';
import type { Usage } from './usage.ts';

/** Milliseconds between the two samples. */
const distance = 500;

/** What these containers use now. */
export async function measure(engine: Engine, targets: readonly { id: string; name: string }[]): Promise<Usage[]> {
  const sample = (): Promise<ContainerStatsResponse[]> =>
    Promise.all(targets.map(({ id }) => engine.containers.stats({ id })));
  const before = await sample();
  await sleep(targets.length > 0 ? distance : 0);
  const now = await sample();
  return targets.flatMap((target, index) => {
    const second = now[index];
    return second ? [{ ...target, before: before[index], now: second }] : [];
  });
}
