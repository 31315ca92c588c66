import { eachInParallel } from './index.ts';

const never = new AbortController().signal;
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('eachInParallel', () => {
  it('takes items in their order, so many at a time', async () => {
    const log: string[] = [];
    let running = 0;
    await eachInParallel([1, 2, 3, 4, 5], { limit: 2, signal: never }, async (item) => {
      log.push(`${item} beside ${running++}`);
      await soon();
      running--;
    });
    expect(log).toEqual(['1 beside 0', '2 beside 1', '3 beside 1', '4 beside 1', '5 beside 1']);
  });

  it('ends the others with the first failure, and throws it when all have ended', async () => {
    const ended: string[] = [];
    const done = eachInParallel(['waits', 'fails', 'never begins'], { limit: 2, signal: never }, async (item, signal) => {
      if (item === 'fails') throw new Error('enough');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await soon();
      ended.push(item);
      signal.throwIfAborted();
    });
    await expect(done).rejects.toThrow('enough');
    expect(ended).toEqual(['waits']);
  });

  it('ends when it is cancelled', async () => {
    const cancel = new AbortController();
    const done = eachInParallel([1, 2], { limit: 1, signal: cancel.signal }, async (_item, signal) => {
      cancel.abort(new Error('left'));
      signal.throwIfAborted();
    });
    await expect(done).rejects.toThrow('left');
  });
});
