import { exposition } from '@arcbox/metrics';
import { BoundedQueue, FanOut, LatestByKey, Signal, SlowReaderError } from './index.ts';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const result: T[] = [];
  for await (const item of items) result.push(item);
  return result;
}

describe('BoundedQueue', () => {
  it('makes the writer wait when it is full', async () => {
    const queue = new BoundedQueue<number>(2);
    const log: string[] = [];
    const writing = (async () => {
      for (let i = 0; i < 5; i++) {
        await queue.push(i);
        log.push(`pushed ${i}`);
      }
      queue.end();
    })();
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(['pushed 0', 'pushed 1']);
    expect(await all(queue)).toEqual([0, 1, 2, 3, 4]);
    await writing;
  });

  it('lets the writer go when the reader leaves', async () => {
    const queue = new BoundedQueue<number>(1);
    queue.offer(1);
    const waiting = [queue.push(2)];
    for await (const _ of queue) break;
    waiting.push(queue.push(3));
    expect((await Promise.all(waiting)).at(-1)).toBe(false);
    expect(queue.size).toBe(0);
  });

  it('delivers what is queued before the error', async () => {
    const queue = new BoundedQueue<number>(4);
    queue.offer(1);
    queue.fail(new Error('broken'));
    const seen: number[] = [];
    await expect(async () => {
      for await (const item of queue) seen.push(item);
    }).rejects.toThrow('broken');
    expect(seen).toEqual([1]);
  });
});

describe('FanOut', () => {
  it('fails only the slow subscriber', async () => {
    const fan = new FanOut<number>(2);
    const quick = fan.subscribe();
    const slow = fan.subscribe();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const item of quick) seen.push(item);
    })();
    for (let i = 0; i < 4; i++) {
      fan.publish(i);
      await new Promise((resolve) => setImmediate(resolve));
    }
    fan.end();
    await reading;
    expect(seen).toEqual([0, 1, 2, 3]);
    await expect(all(slow)).rejects.toThrow(SlowReaderError);
  });

  it('is counted: readers, what they have not taken, and who was too slow', async () => {
    const fan = new FanOut<number>(2);
    const slow = fan.subscribe([7]);
    fan.publish(1);
    expect(exposition({})).toMatch(/^arcbox_subscribers 1$/m);
    expect(exposition({})).toMatch(/^arcbox_queued_items 2$/m);
    const before = Number(/^arcbox_slow_subscribers_total (\d+)$/m.exec(exposition({}))?.[1]);
    fan.publish(2);
    fan.publish(3);
    expect(exposition({})).toMatch(new RegExp(`^arcbox_slow_subscribers_total ${before + 1}$`, 'm'));
    expect(exposition({})).toMatch(/^arcbox_subscribers 0$/m);
    await expect(all(slow)).rejects.toThrow(SlowReaderError);
  });

  it('gives a list to all who want it whole, and says how many are told', async () => {
    const fan = new FanOut<number>(5);
    const [one, other] = [fan.subscribe().batches()[Symbol.asyncIterator](), fan.subscribe().batches()[Symbol.asyncIterator]()];
    using odd = fan.subscribe([], (item) => (item % 2 === 1 ? item : undefined));
    const list = [2, 4];
    expect(fan.publishAll(list)).toBe(2);
    expect((await one.next()).value).toBe(list);
    expect((await other.next()).value).toBe(list);
    expect(fan.publishAll([5, 6])).toBe(3);
    expect(fan.publishAll([8])).toBe(2);
    expect((await one.next()).value).toEqual([5, 6, 8]);
    expect((await odd[Symbol.asyncIterator]().next()).value).toBe(5);
  });

  it('ends a subscriber whose queue is full in the middle of a list, after what it had room for', async () => {
    const fan = new FanOut<number>(5);
    const slow = fan.subscribe();
    fan.publishAll([1, 2, 3]);
    fan.publishAll([4, 5, 6, 7]);
    expect(fan.subscribers).toBe(0);
    const seen: number[] = [];
    const reading = async (): Promise<void> => {
      for await (const item of slow) seen.push(item);
    };
    await expect(reading()).rejects.toThrow(SlowReaderError);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('asks what a subscriber wants before its queue, and gives all that has come at once', async () => {
    const fan = new FanOut<number>(2);
    const even = fan.subscribe([], (item) => (item % 2 === 0 ? item * 10 : undefined));
    for (const item of [1, 2, 3, 4, 5]) fan.publish(item);
    const pieces: (readonly number[])[] = [];
    const reading = async (): Promise<void> => {
      for await (const piece of even.batches()) {
        pieces.push(piece);
        if (pieces.length === 1) for (const item of [6, 7, 8, 10]) fan.publish(item);
      }
    };
    await expect(reading()).rejects.toThrow(SlowReaderError);
    expect(pieces).toEqual([[20, 40], [60, 80]]);
  });

  it('forgets a subscriber that leaves', async () => {
    const fan = new FanOut<number>(2);
    {
      using mine = fan.subscribe([7]);
      for await (const _ of mine) break;
      expect(fan.subscribers).toBe(1);
    }
    expect(fan.subscribers).toBe(0);
  });

  it('ends a reader that waits when its subscription is disposed', async () => {
    const fan = new FanOut<number>(2);
    const mine = fan.subscribe();
    const reading = all(mine);
    mine[Symbol.dispose]();
    expect(await reading).toEqual([]);
  });
});

describe('LatestByKey', () => {
  it('keeps the newest by key, every milestone, in order', async () => {
    const progress = new LatestByKey<string>();
    progress.set('a', 'a 10%');
    progress.set('b', 'b 10%');
    progress.set('a', 'a 20%');
    progress.milestone('a', 'a done');
    progress.milestone('a', 'a extracted');
    progress.end();
    expect(await all(progress)).toEqual(['b 10%', 'a done', 'a extracted']);
  });
});

describe('Signal', () => {
  it('remembers a raise that came before the wait', async () => {
    const signal = new Signal();
    signal.raise();
    await signal.wait(60_000);
    const abort = new AbortController();
    const waiting = signal.wait(60_000, abort.signal);
    abort.abort();
    await waiting;
  });
});
