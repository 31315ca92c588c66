import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createSecureContext } from 'node:tls';

import { messageOf } from '@arcbox/errors';

import { type StartOptions, UsageError } from '../start-options.mjs';

/**
 * Refuses a TCP endpoint that the gateway could not open, before anything starts: files that cannot be read or do not
 * fit together, an address that is not ours or is taken. Throws UsageError.
 */
export async function checkEndpoint({ listen, tlsCert, tlsKey, tlsClientCa }: StartOptions): Promise<void> {
  if (listen === undefined) return;
  const cert = read('--tls-cert', tlsCert);
  const key = read('--tls-key', tlsKey);
  const ca = read('--tls-client-ca', tlsClientCa);
  try {
    if (cert) createSecureContext({ cert, key, ca });
  } catch (error) {
    throw new UsageError(`--tls-cert, --tls-key and --tls-client-ca do not fit: ${messageOf(error)}`, { cause: error });
  }
  const port = Number(listen.slice(listen.lastIndexOf(':') + 1));
  const host = listen.slice(0, listen.lastIndexOf(':')).replace(/^\[|\]$/g, '') || '0.0.0.0';
  await tryAddress(host, port).catch((error: unknown) => {
    throw new UsageError(`--listen ${listen}: ${messageOf(error)}`, { cause: error });
  });
}

function read(option: string, path: string | undefined): Buffer | undefined {
  try {
    return path === undefined ? undefined : readFileSync(path);
  } catch (error) {
    throw new UsageError(`${option}: ${messageOf(error)}`, { cause: error });
  }
}

function tryAddress(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ host, port }, () => probe.close(() => resolve()));
  });
}
