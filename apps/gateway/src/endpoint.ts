import { isIP } from 'node:net';
import type { Config } from '@arcbox/config';

/**
 * Refuses an endpoint without TLS that other machines could reach: whoever
 * reaches the gateway has root on this host.
 */
export function checkEndpoint({ host, port }: NonNullable<Config['listen']>, hasTls: boolean): void {
  if (hasTls || isLoopback(host)) return;
  throw new Error(
    `other machines could reach ${host}:${port}: give it a certificate and key (ARCBOX_TLS_CERT, ARCBOX_TLS_KEY), or listen on 127.0.0.1`,
  );
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
