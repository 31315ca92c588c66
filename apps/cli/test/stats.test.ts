import { eventually, itIf } from '@arcbox/testing';
import { buildCli } from './cli.ts';
import { type FakeGateway, startFakeGateway } from './fake-gateway.ts';

const cli = buildCli();
const asked: unknown[] = [];
let left = false;
let next = Promise.withResolvers<void>();
let gateway: FakeGateway;

const idOf = (letter: string): string => letter.repeat(64);

/** The n-th sample of a container that uses half of one of two processors. */
const sample = (name: string, n: bigint) => ({
  id: idOf(name),
  name,
  stats: { cpuUsage: n * 500n, systemCpuUsage: n * 2_000n, onlineCpus: 2, memoryUsage: 1n << 20n, memoryLimit: 4n << 20n, pids: 3, networkRxBytes: 1_500n },
});

beforeAll(async () => {
  gateway = await startFakeGateway({
    furtherContainers: {
      async *watchStats(request, { signal }) {
        asked.push(request);
        signal.addEventListener('abort', () => (left = true));
        yield sample('b', 1n);
        yield sample('a', 1n);
        await next.promise;
        yield sample('a', 2n);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    },
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  cli[Symbol.dispose]();
});
beforeEach(() => {
  asked.length = 0;
  left = false;
  next = Promise.withResolvers();
});

const at = (...args: string[]): string[] => ['-H', `unix://${gateway.socket}`, ...args];

/** What a terminal shows after the last picture: each begins at the top of the screen. */
const screenOf = (output: string): string[] =>
  (output.split('\u001b[H').at(-1) ?? '').replaceAll(/\u001b\[[KJ]/g, '').split(/\r?\n/).filter(Boolean);

describe('stats', () => {
  itIf(['script'], 'draws one table over the other on a terminal, sorted by name, until Ctrl-C', async () => {
    const running = cli.runOnTerminal(at('stats'));
    await eventually(() => expect(screenOf(running.output())).toHaveLength(3));
    const [header = '', first = '', second = ''] = screenOf(running.output());
    expect(header).toMatch(/^CONTAINER ID +NAME +CPU % +MEM USAGE \/ LIMIT +MEM % +NET I\/O +BLOCK I\/O +PIDS$/);
    expect(first).toMatch(/^a{12} +a +-- +1MiB \/ 4MiB +25\.00% +1\.5kB \/ 0B +0B \/ 0B +3$/);
    expect(second).toMatch(/^b{12} +b +-- /);
    next.resolve();
    await eventually(() => expect(screenOf(running.output())[1]).toMatch(/^a{12} +a +50\.00% /));
    // Nothing more comes of the other one: it has ended, and its line goes.
    await eventually(() => expect(running.output().split('\u001b[H').some((_, i, all) => i > 1 && !all[i]?.includes('bbb'))).toBe(true));
    expect(asked).toEqual([{ ids: [], intervalMilliseconds: 1000 }]);
    running.stdin.write('\x03');
    expect((await running.ended).code).toBe(130);
    await eventually(() => expect(left).toBe(true));
  });

  it('writes one table below the other where there is no terminal', async () => {
    const running = cli.start(at('stats', '--no-trunc'));
    await eventually(() => expect(running.output().match(/^CONTAINER ID/gm)?.length).toBeGreaterThan(1));
    expect(running.output()).toContain(`\n${idOf('a')} `);
    expect(running.output()).not.toContain('\u001b');
    running.kill('SIGTERM');
    await running.ended;
  });
});
