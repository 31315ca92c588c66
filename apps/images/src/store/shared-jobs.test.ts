import { SharedJobs } from './shared-jobs.ts';

const never = new AbortController().signal;

describe('shared jobs', () => {
  it('do the work once and tell everybody, late comers the latest', async () => {
    const jobs = new SharedJobs<number, string>();
    const gate = Promise.withResolvers<string>();
    const heard: [number[], number[]] = [[], []];
    let started = 0;
    let report: (news: number) => void = () => {};
    const start = (say: (news: number) => void): Promise<string> => {
      started++;
      report = say;
      return gate.promise;
    };
    const first = jobs.join('k', start, (news) => heard[0].push(news), never);
    await Promise.resolve();
    report(1);
    const second = jobs.join('k', start, (news) => heard[1].push(news), never);
    report(2);
    gate.resolve('done');
    expect(await Promise.all([first, second])).toEqual(['done', 'done']);
    expect(heard).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(started).toBe(1);
  });

  it('end when all have given up, and begin anew for who comes then', async () => {
    const jobs = new SharedJobs<never, string>();
    let aborted = 0;
    const work = (_: unknown, signal: AbortSignal): Promise<string> =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          aborted++;
          reject(new Error('stopped'));
        }),
      );
    const [one, two] = [new AbortController(), new AbortController()];
    const waiting = [one, two].map(({ signal }) => jobs.join('k', work, () => {}, signal));
    one.abort(new Error('one left'));
    await expect(waiting[0]).rejects.toThrow('one left');
    expect(aborted).toBe(0);
    two.abort(new Error('two left'));
    await expect(waiting[1]).rejects.toThrow('two left');
    expect(aborted).toBe(1);
    await expect(
      jobs.join(
        'k',
        () => Promise.resolve('fresh'),
        () => {},
        never,
      ),
    ).resolves.toBe('fresh');
  });

  it('fail for everybody alike', async () => {
    const jobs = new SharedJobs<never, string>();
    const fail = (): Promise<string> => Promise.reject(new Error('no'));
    const waiting = [1, 2].map(() => jobs.join('k', fail, () => {}, never));
    for (const one of waiting) await expect(one).rejects.toThrow('no');
  });
});
