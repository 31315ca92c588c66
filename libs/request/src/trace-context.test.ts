import { traceContext, traceIdOf } from './trace-context.ts';

const [trace, parent] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];

describe('traceContext', () => {
  it('keeps what is well formed', () => {
    const given = { traceparent: `00-${trace}-${parent}-01`, tracestate: 'congo=t61rcWkgMzE,rojo=1' };
    expect(traceContext(given.traceparent, given.tracestate)).toEqual(given);
    expect(traceIdOf(given.traceparent)).toBe(trace);
  });

  it('reads what a later version has in common with this one', () => {
    for (const more of ['', '-what-else']) {
      expect(traceContext(`cc-${trace}-${parent}-01${more}`)).toEqual({ traceparent: `00-${trace}-${parent}-01` });
    }
  });

  it('begins a new trace instead of nonsense, without its state', () => {
    const nonsense = [
      undefined,
      '',
      'garbage',
      `00-${trace}-${parent}`,
      `00-${trace}-${parent}-01-more`,
      `00-${trace.toUpperCase()}-${parent}-01`,
      `00-${'0'.repeat(32)}-${parent}-01`,
      `00-${trace}-${'0'.repeat(16)}-01`,
      `ff-${trace}-${parent}-01`,
      `00-${trace}-${parent}-0g`,
      ` 00-${trace}-${parent}-01`,
    ];
    const made = nonsense.map((traceparent) => traceContext(traceparent, 'a=b'));
    for (const { traceparent, tracestate } of made) {
      expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
      expect(tracestate).toBeUndefined();
    }
    expect(new Set(made.map(({ traceparent }) => traceIdOf(traceparent))).size).toBe(nonsense.length);
    expect(made.some(({ traceparent }) => traceparent.includes(trace))).toBe(false);
  });

  it('never makes the same trace twice, however many there are', () => {
    const made = Array.from({ length: 2_000 }, () => traceIdOf(traceContext().traceparent));
    expect(new Set(made).size).toBe(2_000);
  });

  it('drops a state that is too long or not text', () => {
    const traceparent = `00-${trace}-${parent}-01`;
    for (const state of ['', 'a='.padEnd(513, 'x'), 'a=é', 'a=\tb']) expect(traceContext(traceparent, state)).toEqual({ traceparent });
    expect(traceContext(traceparent, 'a='.padEnd(512, 'x')).tracestate).toHaveLength(512);
  });
});
