import type { BuildNews, Step } from './news.ts';
import { toText } from './text-progress.ts';

const step = (id: number): Step => ({ id, total: 2, name: '', stage: '', text: `RUN ${id}` });
const output = (id: number, ...bytes: number[]): BuildNews => ({ kind: 'output', step: id, stream: 'stdout', data: Buffer.from(bytes) });

async function* given(news: BuildNews[], error?: Error): AsyncGenerator<BuildNews, void, undefined> {
  yield* news;
  if (error) throw error;
}

const textOf = async (news: BuildNews[]): Promise<string> =>
  (await Array.fromAsync(toText(given(news)))).map(({ stream }) => stream ?? '').join('');

describe('output of a build as text', () => {
  it('joins characters that come in two pieces, and loses none that never becomes whole', async () => {
    const started: BuildNews = { kind: 'step', step: step(1), state: 'started' };
    const done: BuildNews = { kind: 'step', step: step(1), state: 'done' };
    const next: BuildNews = { kind: 'step', step: step(2), state: 'started' };
    const whole = await textOf([started, output(1, 0x61, 0xe2, 0x82), output(1, 0xac), done]);
    expect(whole).toBe('Step 1/2 : RUN 1\na€');
    const half = await textOf([started, output(1, 0x61, 0xe2, 0x82), done, next, output(2, 0x62, 0xc3)]);
    expect(half).toBe('Step 1/2 : RUN 1\na\ufffdStep 2/2 : RUN 2\nb\ufffd');
  });

  it('tells it before the failure that ends the build', async () => {
    const told: unknown[] = [];
    const failing = toText(given([output(1, 0xe2)], new Error('x')));
    await expect((async () => {
      for await (const line of failing) told.push(line);
    })()).rejects.toThrow('x');
    expect(told).toEqual([{ stream: '\ufffd' }, { error: 'internal error' }]);
  });
});
