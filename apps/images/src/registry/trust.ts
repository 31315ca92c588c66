import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

/** Whom a TLS connection trusts. */
export interface Trust {
  readonly rejectUnauthorized: boolean;
  /** Made once for each host: reading hundreds of certificates takes longer than the handshake. */
  readonly secureContext?: SecureContext;
}

/**
 * Trust for `host`: the authorities of Node and of this machine, and those in
 * `<directory>/<host>/*.crt`. A host that may be insecure needs none, unless it
 * has some there.
 */
export function trustFor(host: string, directories: readonly string[], mayBeInsecure: boolean): Trust {
  const own = directories.flatMap((directory) => readCertificates(join(directory, host)));
  if (own.length === 0 && mayBeInsecure) return { rejectUnauthorized: false };
  return { rejectUnauthorized: true, secureContext: createSecureContext({ ca: [...trustedByAll(), ...own] }) };
}

const trustedByAll = (() => {
  let list: string[] | undefined;
  return () => (list ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]);
})();

function readCertificates(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.crt'));
    return names.map((name) => readFileSync(join(directory, name), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
