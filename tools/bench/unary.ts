import { measure, timed } from './measure.ts';
import type { Peer } from './peer.ts';
import type { Measurement } from './table.ts';

/** One call alone is too short to be measured. */
const calls = 300;

/** The same call to a worker through the gateway and without it, in turns. */
export async function unaryCalls(peers: readonly Peer[], runs: number): Promise<Measurement[]> {
  const times = { gateway: [] as number[], direct: [] as number[] };
  const able = peers.filter(({ unary }) => unary);
  await measure(`${calls} unary calls`, able, runs, async ({ unary }) => {
    for (const way of ['gateway', 'direct'] as const) {
      const took = await timed(async () => {
        for (let call = 0; call < calls; call++) await unary?.(way);
      });
      times[way].push((took ?? NaN) / calls);
    }
    return undefined;
  });
  const rowOf = (work: string, way: keyof typeof times): Measurement => ({ work, runs: new Map(able.map(({ name }) => [name, times[way].slice(1)])) });
  return [rowOf('unary call (Inspect of a network) through the gateway', 'gateway'), rowOf('the same directly to the worker', 'direct')];
}
