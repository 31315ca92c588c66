import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker_Health as Health, WorkerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/worker';
import { eventually } from '@arcbox/testing';
import type { Engine } from '../engine.ts';

/** Workers that there can be two of. */
export const kinds = ['containers', 'icons', 'images', 'migration', 'networks', 'system', 'volumes'];

/** Arguments of an engine that has two of each. */
export const inPairs = ['--scale', kinds.map((kind) => `${kind}=2`).join(',')];

/** Kills (-9) a replica such as `images-1`, and waits until it serves again: so that one of a kind is away at most. */
export async function killOne(engine: Engine, victim: string): Promise<void> {
  await sleep(randomInt(100));
  const pid = engine.pid(victim);
  engine.kill(victim);
  await eventually(async () => {
    const { workers } = await engine.client(WorkerServiceDefinition).listWorkers({});
    const found = workers.find((worker) => worker.replica === victim && worker.pid !== pid);
    expect(found).toMatchObject({ health: Health.HEALTH_SERVING });
  });
}

/** Kills one of each kind, so many times. */
export async function killEach(engine: Engine, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) await killOne(engine, `${kind}-${randomInt(2)}`);
  }
}

/** Kills ones of any kind while something is done, one at least. */
export async function whileKilling<T>(engine: Engine, work: Promise<T>): Promise<T> {
  let isDone = false;
  const ended = work.finally(() => (isDone = true));
  // Whoever awaits it below is told.
  ended.catch(() => {});
  do await killOne(engine, `${kinds[randomInt(kinds.length)]}-${randomInt(2)}`);
  while (!isDone);
  return ended;
}
