import { measure, timed } from './measure.ts';
import type { Peer } from './peer.ts';
import { type Measurement, quantile } from './table.ts';

/** One call alone says little, and the slowest of a hundred is only seen among many. */
const calls = 1_000;

/** Half of the calls take as long, and one of a hundred takes longer: of each run. */
const shares = { p50: 0.5, p99: 0.99 } as const;

type Call = (peer: Peer) => (() => Promise<void>) | undefined;

/** The same call to a worker through the gateway and without it, and an icon that is known, in turns. */
export async function unaryCalls(peers: readonly Peer[], runs: number): Promise<Measurement[]> {
  const kinds: { readonly [work: string]: Call } = {
    'unary call (Inspect of a network) through the gateway': ({ unary }) => unary && (() => unary('gateway')),
    'the same directly to the worker': ({ unary }) => unary && (() => unary('direct')),
    'a known icon through the gateway': ({ icon }) => icon,
  };
  const able = peers.filter(({ unary }) => unary);
  const rows = new Map(Object.keys(kinds).flatMap((work) => Object.keys(shares).map((share) => [`${work}: ${share}`, new Map<string, number[]>()] as const)));
  await measure(`${calls} calls of each kind`, able, runs, async (peer) => {
    for (const [work, call] of Object.entries(kinds)) {
      const times = await timesOf(call(peer));
      for (const [name, share] of Object.entries(shares)) {
        const runsOf = rows.get(`${work}: ${name}`);
        runsOf?.set(peer.name, [...(runsOf.get(peer.name) ?? []), quantile(times, share)]);
      }
    }
    return undefined;
  });
  // The first turn does not count.
  const counted = (taken: readonly number[]): number[] => taken.slice(runs > 1 ? 1 : 0);
  return [...rows].map(([work, taken]) => ({ work, runs: new Map([...taken].map(([name, values]) => [name, counted(values)])) }));
}

async function timesOf(call: (() => Promise<void>) | undefined): Promise<number[]> {
  const times: number[] = [];
  for (let done = 0; done < calls; done++) times.push((await timed(call)) ?? NaN);
  return times;
}
