import type { Container } from '../record/container.ts';
import { humanDuration, statusText } from './status-text.ts';
import { formatNano, never } from '../record/time.ts';

const now = Date.UTC(2026, 0, 2);
const ago = (seconds: number): string => formatNano(BigInt(now - seconds * 1000) * 1_000_000n);
const text = (status: object): string => statusText({ status } as Container, now);

describe('the status for people', () => {
  it('is Docker\'s', () => {
    expect(text({ state: 'created', startedAt: never })).toBe('Created');
    expect(text({ state: 'running', startedAt: ago(300) })).toBe('Up 5 minutes');
    expect(text({ state: 'paused', startedAt: ago(7200) })).toBe('Up 2 hours (Paused)');
    expect(text({ state: 'exited', exitCode: 137, finishedAt: ago(3) })).toBe('Exited (137) 3 seconds ago');
    expect(text({ state: 'removing' })).toBe('Removal In Progress');
    expect(text({ state: 'dead' })).toBe('Dead');
  });

  it.each([
    [-5, 'Less than a second'], [0, 'Less than a second'], [1, '1 second'], [59, '59 seconds'], [61, 'About a minute'],
    [119, 'About a minute'], [120, '2 minutes'], [3599, '59 minutes'], [3600, 'About an hour'], [86_400, '24 hours'],
    [86_400 * 3, '3 days'], [86_400 * 20, '2 weeks'], [86_400 * 90, '3 months'], [86_400 * 800, '2 years'],
  ])('%i seconds', (seconds, expected) => expect(humanDuration(seconds * 1000)).toBe(expected));
});
