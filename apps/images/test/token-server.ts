import { createPrivateKey, sign } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One entry of a token: what may be done with a repository. */
export interface TokenAccess {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

export interface TokenServer extends AsyncDisposable {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  readonly rootCertificate: string;
  /** Every request for a token: its query and form; several scopes in one field, parted by spaces. */
  readonly asked: Record<string, string | undefined>[];
  token(access: readonly TokenAccess[]): string;
}

export interface TokenServerOptions {
  readonly account: { readonly username: string; readonly password: string };
  readonly refreshToken?: string;
  /** Whether those who log in may do this; without it, everything. */
  readonly allows?: (repository: string, action: string) => boolean;
}

/** A token server as the distribution project describes it: JWTs that the registry checks against our certificate. */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const { account, refreshToken = 'refresh-me', allows = () => true } = options;
  const directory = mkdtempSync(join(tmpdir(), 'abx-token-'));
  const { key, rootCertificate } = makeCertificate(directory);
  const [service, issuer] = ['the registry', 'the issuer'];
  const token = (access: readonly TokenAccess[]): string =>
    signToken({ iss: issuer, aud: service, access }, readFileSync(key, 'utf8'), readFileSync(rootCertificate, 'utf8'));
  const asked: Record<string, string | undefined>[] = [];
  const server = createServer((incoming, outgoing) => {
    void readForm(incoming).then((form) => {
      asked.push(form);
      const login = Buffer.from((incoming.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString();
      if (login !== '' && login !== `${account.username}:${account.password}`) return outgoing.writeHead(401).end('{}');
      if (form['refresh_token'] !== undefined && form['refresh_token'] !== refreshToken) {
        return outgoing.writeHead(400).end('{"error":"invalid_grant"}');
      }
      const isKnown = login !== '' || form['refresh_token'] !== undefined;
      const access = isKnown ? parseScopes(form['scope'] ?? '') : [];
      const granted = access.map((one) => ({ ...one, actions: one.actions.filter((verb) => allows(one.name, verb)) }));
      const offline = isKnown && form['offline_token'] === 'true' ? { refresh_token: refreshToken } : {};
      return outgoing.end(JSON.stringify({ token: token(granted), ...offline }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    realm: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    service,
    issuer,
    rootCertificate,
    asked,
    token,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true });
    },
  };
}

function makeCertificate(directory: string): { key: string; rootCertificate: string } {
  const [key, rootCertificate] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', '/CN=tokens', '-addext', 'basicConstraints=critical,CA:TRUE'];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', rootCertificate];
  execFileSync('openssl', [...args, ...subject], { stdio: 'pipe' });
  return { key, rootCertificate };
}

/** RFC 7519, with the certificate in the header. */
function signToken(own: object, key: string, certificate: string): string {
  const now = Math.floor(Date.now() / 1_000);
  const claims = { ...own, sub: 'x', exp: now + 300, nbf: now - 10, iat: now, jti: String(now) };
  const header = { alg: 'RS256', typ: 'JWT', x5c: [certificate.replace(/-----[^-]+-----|\s/g, '')] };
  const body = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${body}.${sign('sha256', Buffer.from(body), createPrivateKey(key)).toString('base64url')}`;
}

function parseScopes(scope: string): TokenAccess[] {
  return scope.split(' ').filter(Boolean).map((one) => {
    const [type = '', name = '', actions = ''] = one.split(':');
    return { type, name, actions: actions.split(',') };
  });
}

async function readForm(incoming: IncomingMessage): Promise<Record<string, string | undefined>> {
  const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>)).toString();
  const query = new URL(incoming.url ?? '', 'http://any').searchParams;
  const form = new URLSearchParams(body);
  const scope = [...query.getAll('scope'), ...form.getAll('scope')].join(' ');
  return { method: incoming.method, ...Object.fromEntries(query), ...Object.fromEntries(form), scope };
}
