import { RequestHead } from './request-head.ts';
import { formatTimeout, parseTimeout } from './timeout.ts';

describe('RequestHead', () => {
  const pairs = (raw: string[]): string[] => raw.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${raw[i + 1]}`] : []));

  it('passes metadata on as often as it came, and nothing of the connection', () => {
    const raw = [
      ...[':method', 'POST', ':path', '/a.B/C', ':authority', 'somewhere', ':scheme', 'http'],
      ...['te', 'trailers', 'connection', 'close', 'content-length', '5', 'priority', 'u=0', 'content-type', 'application/grpc'],
      ...['x-build-arg', 'A=1', 'x-build-arg', 'B=2, C', 'blob-bin', 'AAE=', 'x-request-id', 'mine'],
    ];
    expect(pairs(new RequestHead('/a.B/C', raw, 'uid=1 pid=2 gid=3').forWorker())).toEqual([
      ...[':method: POST', ':path: /a.B/C', ':scheme: http', ':authority: localhost', 'te: trailers', 'priority: i'],
      ...['content-type: application/grpc', 'x-build-arg: A=1', 'x-build-arg: B=2, C', 'blob-bin: AAE='],
      ...['x-request-id: mine', 'x-arcbox-method: /a.B/C', 'x-arcbox-client: uid=1 pid=2 gid=3'],
      expect.stringMatching(/^traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-00$/),
    ]);
  });

  it('makes a request id when there is none', () => {
    const head = new RequestHead('/a.B/C', ['x-request-id', ''], '');
    expect(head.request.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(head.forWorker()).toContain(head.request.requestId);
  });

  it('says itself who calls and what, whatever the client says', () => {
    const raw = ['x-arcbox-client', 'uid=0 pid=1 gid=0', 'x-arcbox-method', '/a.B/Other', 'x-arcbox-client', 'cn=admin'];
    const said = pairs(new RequestHead('/a.B/C', raw, 'address=10.0.0.1').forWorker()).filter((pair) => pair.startsWith('x-arcbox'));
    expect(said).toEqual(['x-arcbox-method: /a.B/C', 'x-arcbox-client: address=10.0.0.1']);
    expect(pairs(new RequestHead('/a.B/C', raw, '').forWorker()).join()).not.toContain('x-arcbox-client');
  });

  it('passes a trace on, and begins one where there is none or more than one', () => {
    const [one, other] = ['1', '2'].map((digit) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`) as [string, string];
    const traceOf = (raw: string[]): string[] => pairs(new RequestHead('/a.B/C', raw, '').forWorker()).filter((pair) => pair.startsWith('trace'));
    expect(traceOf(['traceparent', one, 'tracestate', 'a=1', 'tracestate', 'b=2'])).toEqual([`traceparent: ${one}`, 'tracestate: a=1,b=2']);
    for (const raw of [['tracestate', 'a=1'], ['traceparent', 'no', 'tracestate', 'a=1'], ['traceparent', one, 'traceparent', other]]) {
      const [made, ...rest] = traceOf(raw);
      expect(made).toMatch(/^traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
      expect(made).not.toContain('1'.repeat(32));
      expect(rest).toEqual([]);
    }
  });

  it('passes on what is left of the time', async () => {
    const head = new RequestHead('/a.B/C', ['grpc-timeout', '5S'], '');
    await new Promise((resolve) => setTimeout(resolve, 20));
    const left = parseTimeout(head.forWorker().at(-1) ?? '');
    expect(left).toBeLessThan(4_990);
    expect(left).toBeGreaterThan(1_000);
    expect(new RequestHead('/a.B/C', ['grpc-timeout', 'soon'], '').remaining).toBeUndefined();
  });
});

describe('grpc-timeout', () => {
  it('reads every unit and refuses what is none', () => {
    const texts = ['2H', '3M', '4S', '5m', '6000u', '7000000n'];
    expect(texts.map(parseTimeout)).toEqual([7_200_000, 180_000, 4_000, 5, 6, 7]);
    expect(['', '1', 'm', '1x', '123456789m', '-1m', ' 1m'].map(parseTimeout)).toEqual(Array(7).fill(undefined));
  });

  it('never passes on more than a timer can count', () => {
    expect(parseTimeout('99999999H')).toBe(2_147_483_000);
    expect(formatTimeout(2_147_483_000)).toBe('2147483S');
  });

  it('writes at most eight digits, and never nothing', () => {
    expect([-5, 0, 0.25, 1, 99_999_999, 1e8].map(formatTimeout)).toEqual(['1u', '1u', '250u', '1m', '99999999m', '100000S']);
  });
});
