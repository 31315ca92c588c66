import { beginCallSpan } from './call-span.ts';
import { setActiveTracer, type SpanOptions } from './tracer.ts';

const path = '/arcbox.v1.ContainerService/Stop';
const context = { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` };

describe('the span of a call', () => {
  afterEach(() => setActiveTracer(undefined));

  it('is none where nobody collects traces', () => {
    expect(beginCallSpan(path, 'server', undefined)).toBeUndefined();
  });

  it('has the names of the call, and has failed where that is the fault of the side that it tells of', () => {
    const begun: SpanOptions[] = [];
    const ended: [object, string | undefined][] = [];
    setActiveTracer({
      begin(options) {
        begun.push(options);
        return { context, end: (attributes, failure) => void ended.push([attributes, failure]) };
      },
    });
    const end = (kind: 'server' | 'client', code: number): string | undefined => {
      const span = beginCallSpan(path, kind, context, { 'arcbox.client': 'me' });
      expect(span?.context).toBe(context);
      span?.end(code, 'why');
      return ended.at(-1)?.[1];
    };
    expect([0, 1, 5, 9, 2, 4, 13, 14].map((code) => end('server', code))).toEqual([...Array(4).fill(undefined), ...Array(4).fill('why')]);
    expect([0, 1, 5, 13].map((code) => end('client', code))).toEqual([undefined, undefined, 'why', 'why']);
    expect(begun[0]).toEqual({
      name: 'arcbox.v1.ContainerService/Stop',
      kind: 'server',
      parent: context,
      attributes: { 'rpc.system': 'grpc', 'rpc.service': 'arcbox.v1.ContainerService', 'rpc.method': 'Stop', 'arcbox.client': 'me' },
    });
    expect(ended[2]).toEqual([{ 'rpc.grpc.status_code': 5 }, undefined]);
  });
});
