import { readRequest, writeRequest } from './request-headers.ts';
import type { RequestScope } from './request-scope.ts';

const path = '/arcbox.v1.ContainerService/Stop';

const read = (headers: Record<string, string>): RequestScope => readRequest(path, (name) => headers[name]);

describe('a request in metadata', () => {
  it('arrives as it was written', () => {
    const request: RequestScope = {
      requestId: 'stop all',
      method: '/arcbox.v1.SystemService/Prune',
      client: 'uid=0 pid=42 gid=0',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      tracestate: 'a=b',
    };
    const headers: Record<string, string> = {};
    writeRequest(request, (name, value) => (headers[name] = value));
    expect(read(headers)).toEqual(request);
  });

  it('is the call itself when nothing is said', () => {
    const { requestId, method, client, traceparent, ...rest } = read({});
    expect({ method, client, rest }).toEqual({ method: path, client: '', rest: {} });
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  it('holds nothing that does not belong into a log or a header', () => {
    for (const bad of ['', 'line\nbreak', 'é', 'x'.repeat(600)]) {
      const request = read({ 'x-request-id': bad, 'x-arcbox-method': bad, 'x-arcbox-client': bad });
      expect(request).toMatchObject({ requestId: expect.stringMatching(/^[0-9a-f-]{36}$/), method: path, client: '' });
    }
  });
});
