import { comingInTime, takenInTime } from './index.ts';

const patience = { milliseconds: 20, late: () => new Error('too slow') };
const soon = (milliseconds: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, milliseconds));

async function* numbers(ended: { by?: string }, pause = 0): AsyncGenerator<number, void, undefined> {
  try {
    for (let i = 0; i < 3; i++) {
      if (pause > 0) await soon(pause);
      yield i;
    }
    ended.by = 'itself';
  } finally {
    ended.by ??= 'others';
  }
}

describe('items in time', () => {
  it('come as they are, however long their taker needs', async () => {
    const [ended, taken]: [{ by?: string }, number[]] = [{}, []];
    for await (const number of comingInTime(numbers(ended), patience)) {
      await soon(30);
      taken.push(number);
    }
    expect([taken, ended]).toEqual([[0, 1, 2], { by: 'itself' }]);
  });

  it('that do not come end it', async () => {
    const stalled = { async next() { return new Promise<never>(() => {}); }, [Symbol.asyncIterator]() { return this; } };
    await expect(comingInTime(stalled, patience).next()).rejects.toThrow('too slow');
  });

  it('are given up with a taker that leaves', async () => {
    const ended: { by?: string } = {};
    for await (const _ of comingInTime(numbers(ended), patience)) break;
    expect(ended).toEqual({ by: 'others' });
  });

  it('are taken, however long they need to come', async () => {
    const [ended, taken]: [{ by?: string }, number[]] = [{}, []];
    for await (const number of takenInTime(numbers(ended, 30), patience)) taken.push(number);
    expect([taken, ended]).toEqual([[0, 1, 2], { by: 'itself' }]);
  });

  it('that nobody takes end their source at once, and the taker when it comes', async () => {
    const ended: { by?: string } = {};
    const items = takenInTime(numbers(ended), patience);
    await items.next();
    await soon(60);
    expect(ended).toEqual({ by: 'others' });
    await expect(items.next()).rejects.toThrow('too slow');
  });
});
