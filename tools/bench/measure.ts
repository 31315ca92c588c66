import type { Peer } from './peer.ts';
import type { Measurement } from './table.ts';

/** All peers in turn, `runs` times, after one run that does not count where there are several. */
export async function measure<P extends Peer>(
  work: string,
  peers: readonly P[],
  runs: number,
  once: (peer: P) => Promise<number | undefined>,
): Promise<Measurement> {
  const times = new Map<string, number[]>();
  for (let run = runs > 1 ? -1 : 0; run < runs; run++) {
    for (const peer of peers) {
      const time = await once(peer);
      if (run >= 0 && time !== undefined) times.set(peer.name, [...(times.get(peer.name) ?? []), time]);
    }
    process.stderr.write(`${work}: ${run + 1}/${runs}\n`);
  }
  return { work, runs: times };
}

/** Milliseconds; undefined where there is nothing to do. */
export async function timed(work: (() => Promise<unknown>) | undefined): Promise<number | undefined> {
  if (!work) return undefined;
  const start = performance.now();
  await work();
  return performance.now() - start;
}
