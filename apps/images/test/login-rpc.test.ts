import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf, freePort, startRegistry } from '@arcbox/testing';
import { type Engine, pull, startEngine } from './engine.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { pushImage } from './push.ts';
import { makeImage } from './test-image.ts';
import { startTokenServer } from './token-server.ts';

const account = { username: 'alice', password: 'wonder land:1' };

async function login({ imageStore }: Engine, auth: object): Promise<{ status: string; identityToken: string }> {
  return imageStore.login({ auth: Buffer.from(JSON.stringify(auth)).toString('base64') });
}

describeIf(['root', 'docker-registry', 'bsdtar', 'htpasswd', 'openssl'], 'login', () => {
  it('Basic: succeeds, or says who refused', async () => {
    await using registry = await startRegistry({ account });
    await using engine = await startEngine();
    const serveraddress = registry.host;
    await expect(login(engine, { ...account, serveraddress })).resolves.toEqual({ status: 'Login Succeeded', identityToken: '' });
    await expect(login(engine, { ...account, serveraddress: `http://${serveraddress}/v1/` })).resolves.toBeDefined();
    await expect(login(engine, { ...account, password: 'no', serveraddress })).rejects.toThrow(
      `UNAUTHENTICATED: registry ${serveraddress} refused the credentials`,
    );
  });

  it('Bearer: brings a token that serves instead of the password', async () => {
    await using tokens = await startTokenServer({ account });
    await using registry = await startRegistry({ token: tokens });
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a' }]] });
    const bearer = tokens.token([{ type: 'repository', name: 'team/app', actions: ['pull', 'push'] }]);
    await pushImage(registry, 'team/app', 'latest', image, { bearer });
    const serveraddress = registry.host;
    const { identityToken } = await login(engine, { ...account, serveraddress });
    expect(identityToken).toBe('refresh-me');
    expect(tokens.asked.at(-1)).toMatchObject({ account: account.username, offline_token: 'true' });
    await pull(engine, `${registry.host}/team/app`, { auth: { username: '<token>', identitytoken: identityToken, serveraddress } });
    await expect(login(engine, { identitytoken: identityToken, serveraddress })).resolves.toBeDefined();
    for (const wrong of [{ ...account, password: 'no' }, { identitytoken: 'old' }]) {
      await expect(login(engine, { ...wrong, serveraddress })).rejects.toThrow(/UNAUTHENTICATED: registry .* refused/);
    }
  });

  it('TLS: by the certificates of the host', async () => {
    await using registry = await startRegistry({ account, tls: true });
    await using engine = await startEngine();
    const directory = join(engine.state, 'certs.d', registry.host);
    mkdirSync(directory, { recursive: true });
    copyFileSync(registry.ca ?? '', join(directory, 'ca.crt'));
    await expect(login(engine, { ...account, serveraddress: `https://${registry.host}` })).resolves.toBeDefined();
  });

  it('needs a registry and something to show', async () => {
    await using registry = await startRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using engine = await startEngine();
    const port = await freePort();
    // A registry that asks for nothing takes anything, as with Docker.
    await expect(login(engine, { ...account, serveraddress: registry.host })).resolves.toBeDefined();
    await expect(login(engine, { serveraddress: registry.host })).rejects.toThrow(/INVALID_ARGUMENT: auth holds neither/);
    await expect(login(engine, { ...account, serveraddress: 'a b' })).rejects.toThrow('INVALID_ARGUMENT: "a b" is not a registry');
    await expect(login(engine, { ...account, serveraddress: `localhost:${port}` })).rejects.toThrow(/UNAVAILABLE/);
    proxy.fault = () => ({ status: 404, body: 'Not Found' });
    await expect(login(engine, { ...account, serveraddress: proxy.host })).rejects.toThrow(/NOT_FOUND/);
    expect(proxy.requests[0]?.headers.authorization).toBeUndefined();
  });
});
