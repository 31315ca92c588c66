import { enterRequest, requestHeaders } from '@arcbox/request';
import { type CallOptions, type ClientMiddlewareCall, Metadata } from 'nice-grpc-common';
import { setActiveTracer } from '../../tracing/src/tracer.ts';
import { beginCall } from './begin-call.ts';
import { workerCallMiddleware } from './client-middleware.ts';

const parent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
const own = `00-${'1'.repeat(32)}-${'3'.repeat(16)}-01`;
const call = { method: { path: '/a.B/C' }, requestStream: false, responseStream: false };

/** What the worker that is called gets with a call that is made while `headers` are served; undefined for none. */
async function pass(headers: { [name: string]: string } | undefined): Promise<Metadata> {
  if (headers) {
    const { request, ended } = beginCall(call, Metadata(headers));
    enterRequest(request);
    ended(0);
  }
  const sent: (Metadata | undefined)[] = [];
  const next = async function* (_request: unknown, options: CallOptions): AsyncGenerator<never, object> {
    sent.push(options.metadata);
    yield* [];
    return {};
  };
  const made = { method: { path: '/d.E/F' }, request: {}, next } as unknown as ClientMiddlewareCall<object, object>;
  await workerCallMiddleware('images', 'containers', () => false)(made, {}).next();
  return sent[0] ?? Metadata();
}

describe('with a collector', () => {
  let begun: string[];
  beforeEach(() => {
    begun = [];
    setActiveTracer({
      begin({ name, kind, parent: above }) {
        begun.push(`${kind} ${name} ${above?.traceparent === parent ? 'below' : above ? 'below ours' : 'alone'}`);
        return { context: { traceparent: own }, end: () => {} };
      },
    });
  });
  afterEach(() => setActiveTracer(undefined));

  it('a call of a client is traced, and what it is passed on with is part of that', async () => {
    const metadata = await pass({ [requestHeaders.client]: 'uid=0 pid=1 gid=0', traceparent: parent });
    expect(begun).toEqual(['server a.B/C below', 'client d.E/F below ours']);
    expect(metadata.get('traceparent')).toBe(own);
    expect(metadata.get(requestHeaders.client)).toBe('uid=0 pid=1 gid=0');
  });

  it.each([
    ['of its own accord', undefined],
    ['for a worker that calls of its own accord', { [requestHeaders.client]: 'worker=networks' }],
    ['for such a worker, also with a trace', { [requestHeaders.client]: 'worker=networks', traceparent: parent }],
  ])('what a worker does %s is part of no trace', async (_name, headers) => {
    const metadata = await pass(headers);
    expect(begun).toEqual([]);
    expect(metadata.get(requestHeaders.client)).toMatch(/^worker=/);
  });
});
