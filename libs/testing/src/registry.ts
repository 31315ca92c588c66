import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from './child-server.ts';
import { freePort } from './free-port.ts';

export interface RegistryOptions {
  /** Basic auth with this account (htpasswd). */
  account?: { username: string; password: string };
  /** Serve HTTPS with a certificate made on the spot. */
  tls?: boolean;
  /** Bearer tokens from this realm instead of basic auth. */
  token?: { realm: string; service: string; issuer: string; rootCertificate: string };
}

export interface Registry extends AsyncDisposable {
  /** `localhost:port`, as it stands in a reference. */
  readonly host: string;
  readonly port: number;
  /** PEM file of the certificate authority, with `tls`. */
  readonly ca?: string;
  readonly directory: string;
}

/** A private registry: Debian's docker-registry on loopback. */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const directory = mkdtempSync(join(tmpdir(), 'abx-reg-'));
  const port = await freePort();
  const config: Record<string, unknown> = {
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(directory, 'data') }, delete: { enabled: true } },
    // Of foreign layers, which it takes for nothing by default.
    validation: { manifests: { urls: { allow: ['^https?://'] } } },
    http: { addr: `127.0.0.1:${port}`, secret: 'test', ...(options.tls ? { tls: certificate(directory) } : {}) },
  };
  if (options.account) config['auth'] = { htpasswd: htpasswd(directory, options.account) };
  if (options.token) {
    const { realm, service, issuer, rootCertificate } = options.token;
    config['auth'] = { token: { realm, service, issuer, rootcertbundle: rootCertificate } };
  }
  // YAML is a superset of JSON.
  const file = join(directory, 'config.yml');
  writeFileSync(file, JSON.stringify(config));
  const server = await startProcess('docker-registry', ['serve', file], { port });
  return {
    host: `localhost:${port}`,
    port,
    directory,
    ca: options.tls ? join(directory, 'cert.pem') : undefined,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function htpasswd(directory: string, { username, password }: { username: string; password: string }): object {
  const path = join(directory, 'htpasswd');
  writeFileSync(path, execFileSync('htpasswd', ['-Bbn', username, password]));
  return { realm: 'registry', path };
}

function certificate(directory: string): { certificate: string; key: string } {
  const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', [...args, '-keyout', key, '-out', cert, ...subject], { stdio: 'pipe' });
  return { certificate: cert, key };
}
