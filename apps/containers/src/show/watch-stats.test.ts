import { eventually } from '@arcbox/testing';
import type { Container } from '../record/container.ts';
import { type Reading, type Sampled, StatsTicker } from './stats-ticker.ts';
import { watchStats } from './watch-stats.ts';

const container = (id: string): Container => ({ id, name: id, config: {}, status: { state: 'exited' } }) as unknown as Container;

/** Containers that do not run: their samples are empty, and cost nothing. */
function present(...ids: string[]): Sampled & { map: Map<string, Container>; find(id: string): Container } {
  const map = new Map(ids.map((id) => [id, container(id)]));
  return { map, running: () => [], get: (id) => map.get(id), find: (id) => map.get(id) ?? container(id) };
}

function collector(ticker: StatsTicker, ids: string[]): { readings: Reading[]; ended: boolean } & Disposable {
  const seen = { readings: [] as Reading[], ended: false };
  const watch = ticker.watch(100, { ids: new Set(ids), take: (reading) => seen.readings.push(reading), end: () => (seen.ended = true) });
  return Object.assign(seen, watch);
}

describe('samples', () => {
  it('are taken once for all who watch in the same rhythm', async () => {
    const containers = present('a', 'b');
    using ticker = new StatsTicker(containers);
    using first = collector(ticker, ['a']);
    using second = collector(ticker, ['a', 'b']);
    await eventually(() => {
      const last = second.readings.findLast(({ id }) => id === 'a');
      expect(first.readings.length).toBeGreaterThan(1);
      expect(first.readings.at(-1)).toBe(last);
    });
    expect(first.readings.every(({ id }) => id === 'a')).toBe(true);
  });

  it('end when those that were named are gone', async () => {
    const containers = present('a', 'b');
    using ticker = new StatsTicker(containers);
    using watcher = collector(ticker, ['a', 'b']);
    containers.map.delete('a');
    await eventually(() => expect(watcher.readings.length).toBeGreaterThan(4));
    expect(watcher.ended).toBe(false);
    containers.map.delete('b');
    await eventually(() => expect(watcher.ended).toBe(true));
  });

  it('are not taken in a rhythm that no timer can keep', async () => {
    const containers = present('a');
    using ticker = new StatsTicker(containers);
    const { signal } = new AbortController();
    const watching = watchStats({ containers, ticker }, { references: ['a'], interval: 2 ** 32 - 1 }, signal);
    await expect(watching.next()).rejects.toThrow('must be at most 2147483647');
  });

  it('wait for a slow reader one of each container, the newest', async () => {
    const containers = present('a');
    using ticker = new StatsTicker(containers);
    const { signal } = new AbortController();
    const slow = watchStats({ containers, ticker }, { references: ['a'], interval: 100 }, signal);
    await slow.next();
    using quick = collector(ticker, ['a']);
    await eventually(() => expect(quick.readings.length).toBeGreaterThan(4));
    const { value } = await slow.next();
    expect(value).toBe(quick.readings.at(-1));
    await slow.return();
  });
});
