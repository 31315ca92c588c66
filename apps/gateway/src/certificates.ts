import { readFileSync } from 'node:fs';
import type { Config } from '@arcbox/config';

/** PEM texts of the TCP endpoint. */
export interface Certificates {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** With it, only clients that show a certificate of this authority are let in. */
  readonly clientCa?: Buffer;
}

/**
 * Reads the files of the TCP endpoint; undefined when it has none. Done while
 * the process may still read a key that only root can.
 */
export function readCertificates({ listen }: Config): Certificates | undefined {
  if (!listen) return undefined;
  const { cert, key, clientCa } = listen;
  if (!cert && !key && !clientCa) return undefined;
  if (!cert || !key) throw new Error('TLS needs both a certificate and its key (ARCBOX_TLS_CERT, ARCBOX_TLS_KEY)');
  return { cert: readFileSync(cert), key: readFileSync(key), clientCa: clientCa ? readFileSync(clientCa) : undefined };
}
