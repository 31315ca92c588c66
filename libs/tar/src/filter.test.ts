import { passThrough, startProgram } from './filter.ts';

describe('a filter', () => {
  it('does not keep waiting for input that may never come whoever wants no more', async () => {
    const arrival = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    const input = async function* (): AsyncGenerator<Buffer, void, undefined> {
      try {
        yield Buffer.from('a');
        await arrival.promise;
        yield Buffer.from('b');
      } finally {
        over.resolve();
      }
    };
    const output = passThrough(input(), () => startProgram('cat', []), () => new Error('broken'));
    for await (const piece of output) if (piece.length > 0) break;
    arrival.resolve();
    await over.promise;
  });

  it('ends its input when it cannot be started', async () => {
    let isOver = false;
    const input = { [Symbol.asyncIterator]: () => ({ next: async () => ({ value: Buffer.from('a') }), return: async () => ((isOver = true), { value: undefined, done: true as const }) }) };
    const start = (): never => {
      throw new Error('no such program');
    };
    await expect(passThrough(input, start, () => new Error('broken')).next()).rejects.toThrow('no such program');
    expect(isOver).toBe(true);
  });
});
