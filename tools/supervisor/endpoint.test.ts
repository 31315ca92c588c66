import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { itIf, temporaryRoot } from '@arcbox/testing';

import { parseStartOptions } from '../start-options.mjs';
import { checkEndpoint } from './endpoint.ts';

const check = (...args: string[]): Promise<void> => checkEndpoint(parseStartOptions(args, {}, 0));

it('refuses an address that is taken or not of this machine', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  await expect(check('--listen', `127.0.0.1:${port}`)).rejects.toThrow(/--listen 127\.0\.0\.1:\d+: .*EADDRINUSE/);
  await expect(check('--metrics', `:${port}`)).rejects.toThrow(/--metrics :\d+: .*EADDRINUSE/);
  await expect(check('--listen', '192.0.2.1:0')).rejects.toThrow('EADDRNOTAVAIL');
  await new Promise((resolve) => server.close(resolve));
  await check('--listen', `127.0.0.1:${port}`);
  await check();
});

itIf(['openssl'], 'refuses TLS files that are missing or do not fit together', async () => {
  await using root = temporaryRoot();
  const [first, second] = ['a', 'b'].map((name) => {
    const [key, cert] = [join(root.path, `${name}.key`), join(root.path, `${name}.pem`)];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost'];
    execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert], { stdio: 'pipe' });
    return { key, cert };
  });
  if (!first || !second) throw new Error('no certificates');
  const tls = (cert: string, key: string): string[] => ['--listen', '127.0.0.1:0', '--tls-cert', cert, '--tls-key', key];
  await check(...tls(first.cert, first.key));
  await expect(check(...tls(first.cert, second.key))).rejects.toThrow('do not fit');
  await expect(check(...tls('/nowhere.pem', first.key))).rejects.toThrow(/--tls-cert: .*ENOENT/);
});
