import type { Config } from '@arcbox/config';
import { prepareSystemCalls } from '@arcbox/linux';
import { type Certificates, readCertificates } from './certificates.ts';

/** What the gateway reads while it may still read what only root can: keys, and native code, wherever the engine is installed. */
export function prepare(config: Config): Certificates | undefined {
  // To ask who a client is.
  prepareSystemCalls();
  return readCertificates(config);
}
