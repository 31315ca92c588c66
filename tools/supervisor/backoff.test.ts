import { Backoff } from './backoff.ts';

describe('Backoff', () => {
  it('doubles from 100 ms to 5 s', () => {
    const backoff = new Backoff();
    const waits = Array.from({ length: 8 }, () => backoff.after(5));
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  });

  it('begins anew after ten healthy seconds', () => {
    const backoff = new Backoff();
    backoff.after(5);
    backoff.after(5);
    expect(backoff.after(10_000)).toBe(100);
  });

  it('starts one that was asked to end at once, and does not count it', () => {
    const backoff = new Backoff();
    expect(backoff.after(2_000, true)).toBe(0);
    expect(backoff.after(5)).toBe(100);
  });

  it('does not spin when a process ends in order again and again', () => {
    const backoff = new Backoff();
    expect([backoff.after(5, true), backoff.after(5, true)]).toEqual([100, 200]);
  });
});
