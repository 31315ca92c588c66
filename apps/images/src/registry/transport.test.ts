import { connectionError } from './connection-error.ts';
import { isLoopback } from './loopback.ts';
import { TransientError } from './transient.ts';

describe('transport', () => {
  it('takes loopback, and only loopback, for insecure', () => {
    for (const host of ['localhost', 'localhost:5000', '127.0.0.1', '127.9.9.9:80', '[::1]:5000'])
      expect(isLoopback(host)).toBe(true);
    for (const host of ['localhost.example', '128.0.0.1', '127.evil.example', 'docker.io', '[::2]'])
      expect(isLoopback(host)).toBe(false);
  });

  it('tells failures that may pass from those that will not', () => {
    const of = (code: string): Error => connectionError(Object.assign(new Error('x'), { code }), 'host:1');
    expect(of('ECONNREFUSED').message).toBe('registry host:1 cannot be reached: connection refused');
    expect(of('ENOTFOUND').message).toBe('registry host:1 cannot be reached: no such host');
    expect(of('DEPTH_ZERO_SELF_SIGNED_CERT').message).toContain('cannot be trusted');
    for (const code of ['ECONNRESET', 'UND_ERR_SOCKET', 'UND_ERR_BODY_TIMEOUT', 'EAI_AGAIN'])
      expect(of(code)).toBeInstanceOf(TransientError);
  });
});
