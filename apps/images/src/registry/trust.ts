import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { failedPrecondition, messageOf } from '@arcbox/errors';

/** Whom a TLS connection trusts, and what it shows. All PEM. */
export interface Trust {
  /** False: any certificate will do. */
  readonly verify: boolean;
  /** Authorities besides those of Node and of this machine. */
  readonly ca: readonly string[];
  readonly clients: readonly ClientCertificate[];
}

export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** Certificates as Docker keeps them: `<directory>/<host>/*.crt`, and `x.cert` with `x.key`. */
export function readCertificates(
  host: string,
  directories: readonly string[],
): Pick<Trust, 'ca' | 'clients'> {
  const files = directories.flatMap((directory) => namesIn(join(directory, host)));
  const read = (path: string): string => readCertificate(path);
  return {
    ca: files.filter((path) => path.endsWith('.crt')).map(read),
    clients: files
      .filter((path) => path.endsWith('.cert'))
      .map((path) => ({ certificate: read(path), key: read(path.replace(/cert$/, 'key')) })),
  };
}

/** FAILED_PRECONDITION, naming the file, when it cannot be read. */
export function readCertificate(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw failedPrecondition(`certificate ${path} cannot be read: ${messageOf(error)}`, error);
  }
}

/** Reading hundreds of certificates takes longer than a handshake: make it once for many connections. */
export function secureContextOf({ ca, clients }: Trust): SecureContext {
  const own = { cert: clients.map(({ certificate }) => certificate), key: clients.map(({ key }) => key) };
  try {
    return createSecureContext({ ca: [...trustedByAll(), ...ca], ...(clients.length > 0 ? own : {}) });
  } catch (error) {
    throw failedPrecondition(`the certificates for the registry are of no use: ${messageOf(error)}`, error);
  }
}

const trustedByAll = (() => {
  let list: string[] | undefined;
  return () => (list ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]);
})();

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).map((name) => join(directory, name));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
