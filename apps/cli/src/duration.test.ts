import { formatAgo, formatDuration, parseDuration } from './duration.ts';

describe('formatDuration', () => {
  it('uses the words of docker', () => {
    const [minute, hour, day] = [60, 3600, 86_400];
    const lengths = [0.4, 1, 46, minute, 119, 2 * minute, 59 * minute, hour, 2 * hour, 47 * hour, 3 * day, 13 * day];
    expect([...lengths, 15 * day, 61 * day, 800 * day].map(formatDuration)).toEqual([
      'Less than a second',
      '1 second',
      '46 seconds',
      'About a minute',
      'About a minute',
      '2 minutes',
      '59 minutes',
      'About an hour',
      '2 hours',
      '47 hours',
      '3 days',
      '13 days',
      '2 weeks',
      '2 months',
      '2 years',
    ]);
  });

  it('counts what is still to come as now', () => {
    expect(formatAgo(2000n, 1_000_000)).toBe('Less than a second ago');
    expect(formatAgo(880, 1_000_000)).toBe('2 minutes ago');
  });
});

describe('parseDuration', () => {
  it('reads durations as Go writes them', () => {
    expect(['10m', '1h30m', '1.5s', '250ms'].map(parseDuration)).toEqual([600_000, 5_400_000, 1500, 250]);
    expect(['', '10', 'm', '10 m', '1d'].map(parseDuration)).toEqual(Array(5).fill(undefined));
  });
});
