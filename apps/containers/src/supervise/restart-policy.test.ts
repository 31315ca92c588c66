import type { Config } from '../record/config.ts';
import type { Status } from '../record/status.ts';
import { parsePolicy, retryAfter, startsAtBoot, wantsRestart } from './restart-policy.ts';

type Name = 'no' | 'always' | 'unless-stopped' | 'on-failure';

function after(name: Name, end: { exitCode: number; lasted: number }, status: Partial<Status> = {}, maximumRetries = 0): number | undefined {
  const container = { config: { restart: { name, maximumRetries } } as Config, status: status as Status };
  return retryAfter(container, end, 1_000_000)?.delay;
}

describe('restart policies', () => {
  it('starts again by the policy and the exit code', () => {
    const failed = { exitCode: 1, lasted: 5 };
    const done = { exitCode: 0, lasted: 5 };
    expect(after('no', failed)).toBeUndefined();
    expect(after('always', done)).toBe(100);
    expect(after('unless-stopped', failed)).toBe(100);
    expect(after('on-failure', done)).toBeUndefined();
    expect(after('on-failure', failed)).toBe(100);
  });

  it('never starts what somebody has stopped', () => {
    for (const name of ['always', 'unless-stopped', 'on-failure'] as const) {
      expect(after(name, { exitCode: 1, lasted: 5 }, { stopWanted: true })).toBeUndefined();
    }
  });

  it('waits twice as long each time, at most a minute, and anew after a good run', () => {
    const end = { exitCode: 1, lasted: 5 };
    expect(after('always', end, { retry: { at: 0, delay: 400 } })).toBe(800);
    expect(after('always', end, { retry: { at: 0, delay: 0, sinceBoot: true } })).toBe(100);
    expect(after('always', end, { retry: { at: 0, delay: 51_200 } })).toBe(60_000);
    expect(after('always', { exitCode: 1, lasted: 10_000 }, { retry: { at: 0, delay: 60_000 } })).toBe(100);
  });

  it('counts the retries of on-failure', () => {
    const end = { exitCode: 1, lasted: 5 };
    expect(after('on-failure', end, { restarts: 2 }, 3)).toBe(100);
    expect(after('on-failure', end, { restarts: 3 }, 3)).toBeUndefined();
    expect(after('on-failure', { exitCode: 1, lasted: 20_000 }, { restarts: 3 }, 3)).toBe(100);
  });

  it('starts with the host what has run, unless somebody has stopped it; with always also then', () => {
    const starts = (name: Name, status: Partial<Status>): boolean =>
      startsAtBoot({ config: { restart: { name, maximumRetries: 0 } } as Config, status: { state: 'exited', generation: 1, ...status } as Status });
    expect([starts('always', { stopWanted: true }), starts('unless-stopped', { stopWanted: true })]).toEqual([true, false]);
    expect([starts('unless-stopped', {}), starts('on-failure', { exitCode: 1 }), starts('no', {})]).toEqual([true, false, false]);
    expect([starts('always', { generation: 0, state: 'created' }), starts('always', { state: 'removing' })]).toEqual([false, false]);
  });

  it('asks the policy again when the time has come', () => {
    const wants = (name: Name, exitCode: number): boolean =>
      wantsRestart({ config: { restart: { name, maximumRetries: 0 } } as Config, status: { exitCode } as Status });
    expect([wants('no', 1), wants('always', 0), wants('on-failure', 0), wants('on-failure', 1)]).toEqual([false, true, false, true]);
  });

  it('refuses what is no policy', () => {
    expect(parsePolicy({ name: '', maximumRetries: 0 })).toEqual({ name: 'no', maximumRetries: 0 });
    expect(() => parsePolicy({ name: 'sometimes', maximumRetries: 0 })).toThrow('unknown restart policy: sometimes');
    expect(() => parsePolicy({ name: 'always', maximumRetries: 2 })).toThrow('goes with the restart policy on-failure');
  });
});
