import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeIf, startRegistry } from '@arcbox/testing';
import { parseReference } from '@arcbox/reference';
import { RegistryAccess } from '../src/registry/access.ts';
import { pull, startEngine } from './engine.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { pushImage } from './push.ts';
import { makeImage } from './test-image.ts';
import { startTokenServer, type TokenServer } from './token-server.ts';

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
    await using tokens = await startTokenServer({ account });
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

async function pushWithToken(port: number, tokens: TokenServer, image: ReturnType<typeof makeImage>): Promise<void> {
  const access = [{ type: 'repository', name: 'team/app', actions: ['pull', 'push'] }];
  await pushImage({ port }, 'team/app', 'latest', image, { bearer: tokens.token(access) });
}
