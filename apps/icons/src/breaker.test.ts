import { Breaker } from './breaker.ts';

const minute = 60_000;

describe('breaker', () => {
  let now = 0;
  const breaker = (): Breaker => {
    now = 1_000_000;
    return new Breaker(() => now);
  };

  it('leaves a host alone after three failures in a row, longer each time, ten minutes at most', () => {
    const hosts = breaker();
    for (let failure = 0; failure < 2; failure++) hosts.failed('a');
    expect(hosts.allows('a')).toBe(true);
    hosts.failed('a');
    expect(hosts.allows('a')).toBe(false);
    expect(hosts.allows('b')).toBe(true);
    now += minute / 2;
    expect(hosts.allows('a')).toBe(true);
    hosts.failed('a');
    now += minute / 2;
    expect(hosts.allows('a')).toBe(false);
    now += minute / 2;
    expect(hosts.allows('a')).toBe(true);
    for (let failure = 0; failure < 20; failure++) hosts.failed('a');
    now += 10 * minute - 1;
    expect(hosts.allows('a')).toBe(false);
    now += 1;
    expect(hosts.allows('a')).toBe(true);
  });

  it('forgets failures after a success', () => {
    const hosts = breaker();
    hosts.failed('a');
    hosts.failed('a');
    hosts.succeeded('a');
    hosts.failed('a');
    expect(hosts.allows('a')).toBe(true);
  });

  it('comes back when a host says so, within an hour', () => {
    const hosts = breaker();
    hosts.sentAway('a', 7_000);
    expect(hosts.allows('a')).toBe(false);
    now += 7_000;
    expect(hosts.allows('a')).toBe(true);
    hosts.sentAway('a', 1e12);
    now += 60 * minute;
    expect(hosts.allows('a')).toBe(true);
    hosts.sentAway('a', undefined);
    hosts.succeeded('a');
    expect(hosts.allows('a')).toBe(false);
  });
});
