import { setTimeout as sleep } from 'node:timers/promises';
import { type Event, SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { describeIf } from '@arcbox/testing';
import { hello } from '../engine.ts';
import { patience, times } from '../long.ts';
import { oneEngine } from '../one-engine.ts';

const wanted = { type: 'container', event: 'create,start,die,destroy', label: 'series=lives' };
const life = ['create', 'start', 'die', 'destroy'];
const second = 1_000_000_000n;

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server'], 'the events of many lives', () => {
  const engine = oneEngine();

  it(
    'come in order, exactly once, with their exit codes, also to a slow reader and to one that comes back',
    async () => {
      const count = times(20, 100);
      const system = engine().client(SystemServiceDefinition);
      const since = BigInt(Math.floor(Date.now() / 1000));
      const abort = new AbortController();
      const slow = reader(system.events({ since, filters: wanted }, { signal: abort.signal }), 4 * count, 5_000);
      const codes = await liveAll(count);
      const seen = await slow;
      abort.abort();

      expect([...byContainer(seen)].map(([, events]) => events.map(({ action }) => action))).toEqual(Array(count).fill(life));
      const died = seen.filter(({ action }) => action === 'die').map(({ actor }) => [actor?.id, actor?.attributes['exitCode']]);
      expect(new Map(died as [string, string][])).toEqual(codes);

      const until = BigInt(Math.ceil(Date.now() / 1000) + 1);
      expect(await reader(system.events({ since, until, filters: wanted }))).toEqual(seen);

      // Whoever knows the first half asks again from the time of the last one known.
      const half = seen.slice(0, seen.length / 2);
      const from = (half.at(-1)?.timeNano ?? 0n) / second;
      const rest = await reader(system.events({ since: from, until, filters: wanted }));
      const known = half.filter(({ timeNano }) => timeNano / second >= from);
      expect(rest).toEqual([...known, ...seen.slice(half.length)]);
    },
    patience,
  );

  /** Runs so many containers, a few at once; resolves with the exit code of each id. */
  async function liveAll(count: number): Promise<Map<string, string>> {
    const containers = engine().client(ContainerServiceDefinition);
    const codes = new Map<string, string>();
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let index = next++; index < count; index = next++) {
        const { id } = await containers.create({ image: hello, cmd: ['sh', '-c', `exit ${index}`], labels: { series: 'lives' } });
        await containers.start({ id });
        await containers.wait({ id });
        await containers.remove({ id });
        codes.set(id, String(index));
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    return codes;
  }
});

/** Reads `count` events, or all there are; sleeps after the first. */
async function reader(events: AsyncIterable<Event>, count = Infinity, pause = 0): Promise<Event[]> {
  const seen: Event[] = [];
  for await (const event of events) {
    seen.push(event);
    if (seen.length === 1 && pause > 0) await sleep(pause);
    if (seen.length === count) break;
  }
  return seen;
}

function byContainer(events: readonly Event[]): Map<string, Event[]> {
  const found = new Map<string, Event[]>();
  for (const event of events) {
    const id = event.actor?.id ?? '';
    found.set(id, [...(found.get(id) ?? []), event]);
  }
  return found;
}
