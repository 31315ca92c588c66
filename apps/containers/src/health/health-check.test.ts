import { commandOf, type HealthCheck, planCheck, timesOf } from './health-check.ts';

const unset: HealthCheck = { test: [], interval: 0, timeout: 0, startPeriod: 0, startInterval: 0, retries: 0 };
const image = { healthCheck: { ...unset, test: ['CMD-SHELL', 'a b'], interval: 5e9, retries: 7 }, shell: [] };

describe('the check of a new container', () => {
  it('is the image\'s, except for what the request says', () => {
    expect(planCheck(undefined, image)).toEqual({ ...image.healthCheck, shell: ['/bin/sh', '-c'] });
    expect(planCheck({ ...unset, timeout: 2e6 }, image)).toMatchObject({ test: ['CMD-SHELL', 'a b'], interval: 5e9, timeout: 2e6, retries: 7 });
    expect(planCheck({ ...unset, test: ['CMD', 'c'], retries: 1 }, image)).toMatchObject({ test: ['CMD', 'c'], interval: 5e9, retries: 1 });
    expect(planCheck({ ...unset, interval: 1e9 }, { shell: [] })).toBeUndefined();
    expect(planCheck(undefined, { shell: [] })).toBeUndefined();
  });

  it('runs a program, a line in the image\'s shell, or nothing', () => {
    const command = (test: string[], shell: string[] = []): string[] | undefined => {
      const planned = planCheck({ ...unset, test }, { shell });
      return planned && commandOf(planned);
    };
    expect(command(['CMD', 'a', 'b c'])).toEqual(['a', 'b c']);
    expect(command(['CMD-SHELL', 'a b'])).toEqual(['/bin/sh', '-c', 'a b']);
    expect(command(['CMD-SHELL', 'a b'], ['bash', '-ec'])).toEqual(['bash', '-ec', 'a b']);
    expect(command(['NONE'])).toBeUndefined();
    const odd = planCheck(undefined, { healthCheck: { ...unset, test: ['WHAT', 'a'] }, shell: [] });
    expect(odd && commandOf(odd)).toBeUndefined();
  });

  it('has Docker\'s times where nobody says otherwise, and no shorter ones than a timer can', () => {
    expect(timesOf(unset)).toEqual({ interval: 30_000, timeout: 30_000, startPeriod: 0, startInterval: 5_000, retries: 3 });
    expect(timesOf({ ...unset, interval: 1, timeout: 1.5e9, startPeriod: 9e18, retries: 1 })).toEqual({
      interval: 1,
      timeout: 1_500,
      startPeriod: 2 ** 31 - 1,
      startInterval: 5_000,
      retries: 1,
    });
  });
});
