import { setTimeout as sleep } from 'node:timers/promises';
import { measure, timed } from './measure.ts';
import type { Peer, PeerContainers } from './peer.ts';
import type { Measurement } from './table.ts';

/** So many are made, started and removed at a time. */
const together = 4;

/** A peer whose containers can stay. */
type Able = Peer & { readonly containers: PeerContainers };

const isAble = (peer: Peer): peer is Able => peer.containers !== undefined;

async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const lives = Array.from({ length: together }, async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  });
  await Promise.all(lives);
}

async function make(containers: PeerContainers, reference: string, count: number, cmd: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  await each(Array.from({ length: count }, (_, number) => number), async () => void ids.push(await containers.create(reference, cmd)));
  return ids;
}

/** Lists of containers that were made and never started. */
export async function lists(peers: readonly Peer[], reference: string, { count, runs }: { count: number; runs: number }): Promise<Measurement[]> {
  // podman needs minutes to make them, one command each.
  const able = peers.filter(isAble).filter(({ containers }) => containers.list);
  const made = new Map<string, string[]>();
  for (const { name, containers } of able) made.set(name, await make(containers, reference, count, ['true']));
  const check = async (listing: Promise<number>): Promise<void> => {
    const found = await listing;
    if (found < count) throw new Error(`${found} containers listed instead of ${count}`);
  };
  const rows = [
    await measure(`list of ${count} containers by API`, able, runs, ({ containers: { list } }) => timed(list && (() => check(list())))),
    await measure(`\`ps -a\` of ${count} containers by command`, able, Math.min(runs, 5), ({ containers }) => timed(() => containers.listByCommand())),
  ];
  for (const { name, containers } of able) await each(made.get(name) ?? [], (id) => containers.remove(id));
  return rows;
}

/** `true` in a container that runs. */
export async function execs(peers: readonly Peer[], reference: string, { runs }: { runs: number }): Promise<Measurement[]> {
  const able = peers.filter(isAble);
  const ids = new Map<string, string>();
  for (const { name, containers } of able) {
    const id = await containers.create(reference, ['sleep', '3600']);
    await containers.start(id);
    ids.set(name, id);
  }
  const of = (name: string): string => ids.get(name) ?? '';
  const rows = [
    await measure('exec of `true` by API', able, runs, ({ name, containers: { exec } }) => timed(exec && (() => exec(of(name))))),
    await measure('exec of `true` by command', able, runs, ({ name, containers }) => timed(() => containers.execByCommand(of(name)))),
  ];
  for (const { name, containers } of able) await containers.remove(of(name));
  return rows;
}

/** A log of lines of 99 characters: followed while it is written, and read back. */
export async function logs(peers: readonly Peer[], reference: string, { bytes }: { bytes: number }): Promise<Measurement[]> {
  const able = peers.filter(isAble).filter(({ containers }) => containers.logBytes);
  const size = bytes >= 2 ** 30 ? `${bytes / 2 ** 30} GiB` : `${bytes / 2 ** 20} MiB`;
  // Whoever follows is there before the first line.
  const write = ['sh', '-c', `sleep 2; yes ${'0123456789'.repeat(10).slice(1)} | head -c ${bytes}`];
  const ids = new Map<string, string>();
  const read = async ({ name, containers }: Able, follow: boolean): Promise<void> => {
    const found = (await containers.logBytes?.(ids.get(name) ?? '', follow)) ?? 0;
    if (found !== bytes) throw new Error(`${name}: ${found} bytes of log instead of ${bytes}`);
  };
  const followed = await measure(`${size} of lines, followed while written`, able, 1, async (peer) => {
    const id = await peer.containers.create(reference, write);
    ids.set(peer.name, id);
    await peer.containers.start(id);
    return await timed(() => read(peer, true));
  });
  const back = await measure('the same, read back', able, 1, (peer) => timed(() => read(peer, false)));
  for (const { name, containers } of able) await containers.remove(ids.get(name) ?? '');
  return [followed, back];
}

/** Many that run at once. */
export async function crowds(peers: readonly Peer[], reference: string, { count, memory }: { count: number; memory: (peer: Peer) => number }): Promise<Measurement[]> {
  const able = peers.filter(isAble).filter(({ containers }) => containers.list);
  const ids = new Map<string, string[]>();
  const [costs, shares] = [new Map<string, number[]>(), new Map<string, number[]>()];
  const idle = new Map(able.map((peer) => [peer.name, memory(peer)]));
  const what = `${count} containers, ${together} at a time:`;
  const begun = await measure(`${what} create and start`, able, 1, async ({ name, containers }) => {
    const mine: string[] = [];
    ids.set(name, mine);
    return await timed(() =>
      each(Array.from({ length: count }, (_, number) => number), async () => {
        const id = await containers.create(reference, ['sleep', '3600']);
        mine.push(id);
        await containers.start(id);
      }),
    );
  });
  // What a start leaves to be done in the background is done by then.
  await sleep(2_000);
  for (const peer of able) {
    const cost = memory(peer);
    costs.set(peer.name, [cost]);
    shares.set(peer.name, [(cost - (idle.get(peer.name) ?? 0)) / count]);
  }
  const gone = await measure(`${what} kill and remove`, able, 1, ({ name, containers }) => timed(() => each(ids.get(name) ?? [], (id) => containers.remove(id))));
  return [
    begun,
    { work: `memory of the engine while ${count} run, their monitors and shims included`, unit: 'MiB', runs: costs },
    { work: 'what each of them adds to it', unit: 'MiB', runs: shares },
    gone,
  ];
}
