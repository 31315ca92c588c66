import { goDuration } from './go-duration.ts';
import { judge, pauseBefore, type Standing } from './judge.ts';
import { Slots } from './slots.ts';

const times = { interval: 30_000, timeout: 30_000, startPeriod: 1_000, startInterval: 50, retries: 2 };

describe('a health check', () => {
  const starting: Standing = { state: 'starting', failingStreak: 0 };

  it('makes healthy at once, and unhealthy after so many failures', () => {
    expect(judge(starting, 0, 5, times)).toEqual({ state: 'healthy', failingStreak: 0 });
    const once = judge({ state: 'healthy', failingStreak: 0 }, 1, 5, times);
    expect(once).toEqual({ state: 'healthy', failingStreak: 1 });
    expect(judge(once, -1, 5, times)).toEqual({ state: 'unhealthy', failingStreak: 2 });
    expect(judge({ state: 'unhealthy', failingStreak: 9 }, 0, 5, times)).toEqual({ state: 'healthy', failingStreak: 0 });
  });

  it('counts no failure while the container starts, unless it was healthy before', () => {
    expect(judge(starting, 1, 999, times)).toEqual(starting);
    expect(judge(starting, 1, 1_000, times)).toEqual({ state: 'starting', failingStreak: 1 });
  });

  it('comes more often while the container starts', () => {
    expect([pauseBefore('starting', 999, times), pauseBefore('starting', 1_000, times), pauseBefore('healthy', 5, times)]).toEqual([50, 30_000, 30_000]);
  });

  it.each([
    [30_000, '30s'], [90_000, '1m30s'], [1_500, '1.5s'], [100, '100ms'], [1.5, '1.5ms'], [0.25, '250µs'], [60_000, '1m0s'], [3_661_000, '1h1m1s'],
  ])('%d ms is %s', (time, text) => expect(goDuration(time)).toBe(text));

  it('waits until another has started', async () => {
    const slots = new Slots(1);
    const first = await slots.take();
    const order: string[] = [];
    const second = slots.take().then((slot) => (order.push('second'), slot));
    const third = slots.take().then((slot) => (order.push('third'), slot));
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    const slot = await second;
    expect(order).toEqual(['second']);
    slot[Symbol.dispose]();
    await third;
    expect(order).toEqual(['second', 'third']);
  });
});
