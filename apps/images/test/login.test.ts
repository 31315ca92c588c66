import { createPrivateKey, sign } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeIf, startRegistry } from '@arcbox/testing';
import { parseReference } from '../src/reference.ts';
import { RegistryAccess } from '../src/registry/access.ts';
import { pull, startEngine } from './engine.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { pushImage } from './push.ts';
import { makeImage } from './test-image.ts';

const account = { username: 'alice', password: 'wonder land:1' };
const signal = new AbortController().signal;

describeIf(['root', 'docker-registry', 'bsdtar', 'htpasswd', 'openssl'], 'registries that ask who we are', () => {
  it('Basic: logs in, and says what was wrong', async () => {
    await using registry = await startRegistry({ account });
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a' }]] });
    await pushImage(registry, 'secret', 'latest', image, account);
    const reference = `${registry.host}/secret`;
    await expect(pull(engine, reference)).rejects.toThrow(
      `UNAUTHENTICATED: registry ${registry.host} requires a login`,
    );
    await expect(pull(engine, reference, { auth: { ...account, password: 'no' } })).rejects.toThrow(
      `UNAUTHENTICATED: registry ${registry.host} refused the credentials`,
    );
    await expect(pull(engine, reference, { auth: { ...account, serveraddress: 'elsewhere:1' } })).rejects.toThrow(
      `INVALID_ARGUMENT: the credentials are for elsewhere:1, but the image is on ${registry.host}`,
    );
    await expect(Array.fromAsync(engine.images.pull({ reference, auth: '????' }))).rejects.toThrow(
      /INVALID_ARGUMENT: auth is not/,
    );
    await pull(engine, reference, { auth: { ...account, serveraddress: registry.host } });
    await expect(engine.images.exists({ reference })).resolves.toMatchObject({ id: image.id });
  });

  it('HTTPS: trusts what it is told to trust, and nothing else', async () => {
    await using registry = await startRegistry({ tls: true });
    await pushImage(registry, 'app', '1', makeImage({ layers: [[{ name: 'a' }]] }));
    const certificates = mkdtempSync(join(tmpdir(), 'abx-certs-'));
    try {
      const reference = parseReference(`127.0.0.1:${registry.port}/app:1`);
      const fetchFrom = async (options: { isInsecure?: () => boolean }) => {
        await using access = new RegistryAccess({ certificates: [certificates], ...options });
        return await access.repository(reference, undefined).fetchManifest('1', 'app:1', signal);
      };
      await expect(fetchFrom({ isInsecure: () => false })).rejects.toThrow(
        `registry 127.0.0.1:${registry.port} cannot be trusted`,
      );
      // Registries on loopback may show any certificate, as with Docker.
      await expect(fetchFrom({})).resolves.toBeDefined();
      const directory = join(certificates, `127.0.0.1:${registry.port}`);
      mkdirSync(directory);
      copyFileSync(registry.ca ?? '', join(directory, 'ca.crt'));
      await expect(fetchFrom({ isInsecure: () => false })).resolves.toBeDefined();
    } finally {
      rmSync(certificates, { recursive: true });
    }
  });

  it('Bearer: fetches tokens, with a password, with a refresh token, and without either', async () => {
    await using tokens = await startTokenServer();
    await using registry = await startRegistry({ token: tokens });
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a' }]] });
    const reference = `${registry.host}/team/app`;
    await pushWithToken(registry.port, tokens, image);
    await expect(pull(engine, reference)).rejects.toThrow(
      `PERMISSION_DENIED: registry ${registry.host} denied access to team/app: the repository does not exist`,
    );
    await expect(pull(engine, reference, { auth: { ...account, password: 'no' } })).rejects.toThrow(/UNAUTHENTICATED/);
    await pull(engine, reference, { auth: account });
    await engine.images.remove({ id: reference });
    await pull(engine, reference, { auth: { username: '<token>', identitytoken: 'refresh-me' } });
    expect(tokens.asked.at(-1)).toMatchObject({
      method: 'POST',
      grant_type: 'refresh_token',
      scope: 'repository:team/app:pull',
    });
  });

  it('shows the login to no other host that blobs are redirected to', async () => {
    await using registry = await startRegistry({ account });
    await using elsewhere = await startFaultProxy(registry.port);
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a', content: 'x' }]] });
    await pushImage(registry, 'secret', '1', image, account);
    const digest = image.layers[0]?.digest ?? '';
    const location = `http://127.0.0.1:${elsewhere.host.split(':')[1]}/anything`;
    proxy.fault = (line) => (line.includes(digest) ? { status: 307, headers: { location } } : undefined);
    elsewhere.fault = () => ({ status: 200, body: image.layers[0]?.content });
    await pull(engine, `${proxy.host}/secret:1`, { auth: account });
    expect(elsewhere.requests).toHaveLength(1);
    expect(elsewhere.requests[0]?.headers.authorization).toBeUndefined();
  });
});

interface TokenServer extends AsyncDisposable {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  readonly rootCertificate: string;
  readonly asked: Record<string, string | undefined>[];
  token(access: readonly object[]): string;
}

/** A token server as the distribution project describes it: JWTs that the registry checks against our certificate. */
async function startTokenServer(): Promise<TokenServer> {
  const directory = mkdtempSync(join(tmpdir(), 'abx-token-'));
  const [key, rootCertificate] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', '/CN=tokens', '-addext', 'basicConstraints=critical,CA:TRUE'];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', rootCertificate];
  execFileSync('openssl', [...args, ...subject], { stdio: 'pipe' });
  const certificate = readFileSync(rootCertificate, 'utf8').replace(/-----[^-]+-----|\s/g, '');
  const [service, issuer] = ['the registry', 'the issuer'];
  const token = (access: readonly object[]): string => {
    const now = Math.floor(Date.now() / 1_000);
    const claims = {
      iss: issuer,
      sub: 'x',
      aud: service,
      exp: now + 300,
      nbf: now - 10,
      iat: now,
      jti: String(now),
      access,
    };
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const body = `${part({ alg: 'RS256', typ: 'JWT', x5c: [certificate] })}.${part(claims)}`;
    return `${body}.${sign('sha256', Buffer.from(body), createPrivateKey(readFileSync(key))).toString('base64url')}`;
  };
  const asked: Record<string, string | undefined>[] = [];
  const server = createServer((incoming, outgoing) => {
    void readForm(incoming).then((form) => {
      asked.push(form);
      const login = Buffer.from((incoming.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString();
      if (login !== '' && login !== `${account.username}:${account.password}`) return outgoing.writeHead(401).end('{}');
      const mayRead = login !== '' || form['refresh_token'] === 'refresh-me';
      const [type = '', name = '', actions = ''] = (form['scope'] ?? '').split(':');
      return outgoing.end(
        JSON.stringify({ token: token(mayRead ? [{ type, name, actions: actions.split(',') }] : []) }),
      );
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

async function readForm(incoming: IncomingMessage): Promise<Record<string, string | undefined>> {
  const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>)).toString();
  const query = new URL(incoming.url ?? '', 'http://any').searchParams;
  return { method: incoming.method, ...Object.fromEntries(query), ...Object.fromEntries(new URLSearchParams(body)) };
}

async function pushWithToken(port: number, tokens: TokenServer, image: ReturnType<typeof makeImage>): Promise<void> {
  const access = [{ type: 'repository', name: 'team/app', actions: ['pull', 'push'] }];
  await pushImage({ port }, 'team/app', 'latest', image, { bearer: tokens.token(access) });
}
