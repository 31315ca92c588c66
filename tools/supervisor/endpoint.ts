import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createSecureContext } from 'node:tls';

import { messageOf } from '@arcbox/errors';

import { type StartOptions, UsageError } from '../start-options.mjs';

/**
 * Refuses a TCP endpoint that the gateway could not open, before anything starts: files that cannot be read or do not
 * fit together, an address that is not ours or is taken. Throws UsageError.
 */
export async function checkEndpoint({ listen, tlsCert, tlsKey, tlsClientCa, metrics }: StartOptions): Promise<void> {
  if (metrics !== undefined) await tryAddress('--metrics', metrics, '127.0.0.1');
  if (listen === undefined) return;
  const cert = read('--tls-cert', tlsCert);
  const key = read('--tls-key', tlsKey);
  const ca = read('--tls-client-ca', tlsClientCa);
  try {
    if (cert) createSecureContext({ cert, key, ca });
  } catch (error) {
    throw new UsageError(`--tls-cert, --tls-key and --tls-client-ca do not fit: ${messageOf(error)}`, { cause: error });
  }
  await tryAddress('--listen', listen, '0.0.0.0');
}

function read(option: string, path: string | undefined): Buffer | undefined {
  try {
    return path === undefined ? undefined : readFileSync(path);
  } catch (error) {
    throw new UsageError(`${option}: ${messageOf(error)}`, { cause: error });
  }
}

/** `otherwise` is the host where none is said. */
function tryAddress(option: string, address: string, otherwise: string): Promise<void> {
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  const host = address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '') || otherwise;
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => reject(new UsageError(`${option} ${address}: ${messageOf(error)}`, { cause: error })));
    probe.listen({ host, port }, () => probe.close(() => resolve()));
  });
}
