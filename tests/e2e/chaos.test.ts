import { type Event, SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { describeIf, eventually } from '@arcbox/testing';
import { type Killer, startKiller } from './chaos/killer.ts';
import { liveAll } from './chaos/lives.ts';
import { randomFrom } from './chaos/random.ts';
import { Subscriber } from './chaos/subscriber.ts';
import { type Engine, startEngine } from './engine.ts';
import { count, patience, times } from './long.ts';

const life = ['create', 'start', 'die', 'destroy'];
const filters = { type: 'container', event: life.join(','), label: 'series=chaos' };

/** Milliseconds between two kills, or up to twice that. At length most of them must be spent on lives, not on starting workers. */
const pause = count('ARCBOX_PAUSE', 1_500, 4_000);

/** Two of the one that has most to lose. */
const victims = ['nats-0', 'containers-0', 'containers-1', 'images-0', 'networks-0', 'volumes-0', 'system-0', 'gateway-0'];

/** Five thousand take a while; milliseconds. */
const longPatience = times(patience, 3 * 60 * 60_000);

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server'], 'while nats-server and workers are killed at random', () => {
  it(
    'every life is in the log once and in order, and a subscriber that comes back has the same list',
    async () => {
      const total = count('ARCBOX_LIVES', 40, 5_000);
      const seed = count('ARCBOX_SEED', Date.now() % 2 ** 31, Date.now() % 2 ** 31);
      const random = randomFrom(seed);
      await using engine = await startEngine({ args: ['--scale', 'containers=2'] });
      const since = BigInt(Date.now()) * 1_000_000n;
      await using subscriber = new Subscriber(engine, { since, filters, stay: () => 1 + Math.floor(random() * total) });
      const [codes, kills] = await whileKilling(engine, random, () => liveAll(engine, total, 'chaos'));
      expect({ seed, lives: codes.size, kills: kills > 0 }).toEqual({ seed, lives: total, kills: true });

      const logged = await eventually(async () => {
        const events = await replay(engine, since);
        expect({ seed, events: events.length }).toEqual({ seed, events: total * life.length });
        return events;
      });
      const stories = Map.groupBy(logged, ({ actor }) => actor?.id ?? '');
      expect(new Set(stories.keys())).toEqual(new Set(codes.keys()));
      const wrong = [...stories].filter(([id, events]) => wordsOf(events) !== `create start die ${codes.get(id)} destroy`);
      expect({ seed, wrong: wrong.map(([id, events]) => `${id} ${wordsOf(events)}`) }).toEqual({ seed, wrong: [] });

      await Promise.race([subscriber.following, eventually(() => expect(subscriber.seen.length).toBeGreaterThanOrEqual(logged.length))]);
      expect(subscriber.seen).toEqual(logged);
      expect(subscriber.returns).toBeGreaterThan(0);
    },
    longPatience,
  );
});

/** Says what `work` says, and how often something was killed meanwhile. */
async function whileKilling<T>(engine: Engine, random: () => number, work: () => Promise<T>): Promise<[T, number]> {
  let killer: Killer;
  let result: T;
  {
    await using present = startKiller(engine, { victims, pause, random });
    killer = present;
    result = await work();
  }
  console.info(`killed: ${JSON.stringify(Object.fromEntries(killer.kills))}`);
  return [result, [...killer.kills.values()].reduce((sum, kills) => sum + kills, 0)];
}

/** What the log holds. */
async function replay(engine: Engine, since: bigint): Promise<Event[]> {
  const seconds = since / 1_000_000_000n;
  const until = BigInt(Math.floor(Date.now() / 1000));
  const events: Event[] = [];
  for await (const event of engine.client(SystemServiceDefinition).events({ since: seconds, until, filters })) events.push(event);
  return events;
}

function wordsOf(events: readonly Event[]): string {
  return events.map(({ action, actor }) => (action === 'die' ? `die ${actor?.attributes['exitCode']}` : action)).join(' ');
}
