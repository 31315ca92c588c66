import { describeIf, startRegistry } from '@arcbox/testing';
import { shortOf } from '../src/image/digest.ts';
import { type Engine, pull, push, startEngine } from './engine.ts';
import { pushImage } from './push.ts';
import { makeImage, type TestImage } from './test-image.ts';
import { startTokenServer } from './token-server.ts';

const account = { username: 'alice', password: 'wonder land:1' };

/** An image that is here and named `target`. */
async function obtain(engine: Engine, image: TestImage, target: string): Promise<void> {
  await using source = await startRegistry();
  await pushImage(source, 'app', '1', image);
  await pull(engine, `${source.host}/app:1`);
  const colon = target.lastIndexOf(':');
  const name = { repo: target.slice(0, colon), tag: target.slice(colon + 1) };
  await engine.images.tag({ source: `${source.host}/app:1`, ...name });
}

const programs = ['root', 'docker-registry', 'bsdtar', 'htpasswd', 'openssl'] as const;

describeIf([...programs], 'push to registries that ask who we are', () => {
  it('Basic, over HTTPS: logs in, and says what was wrong', async () => {
    await using registry = await startRegistry({ account, tls: true });
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a', content: 'x' }]] });
    const target = `${registry.host}/secret:1`;
    await obtain(engine, image, target);
    await expect(push(engine, target)).rejects.toThrow(`UNAUTHENTICATED: registry ${registry.host} requires a login`);
    await expect(push(engine, target, { auth: { ...account, password: 'no' } })).rejects.toThrow(
      `UNAUTHENTICATED: registry ${registry.host} refused the credentials`,
    );
    await expect(push(engine, target, { auth: { ...account, serveraddress: 'elsewhere:1' } })).rejects.toThrow(
      `INVALID_ARGUMENT: the credentials are for elsewhere:1, but the image is on ${registry.host}`,
    );
    const said = await push(engine, target, { auth: account });
    expect(said.at(-1)?.status).toContain(image.manifest.digest);
    await engine.images.remove({ id: target });
    await pull(engine, target, { auth: account });
  });

  it('Bearer: one token for all that a push does, with a password and with a refresh token', async () => {
    await using tokens = await startTokenServer({ account });
    await using registry = await startRegistry({ token: tokens });
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a' }], [{ name: 'b' }], [{ name: 'c' }]] });
    const target = `${registry.host}/team/app:1`;
    await obtain(engine, image, target);
    await push(engine, target, { auth: account });
    expect(tokens.asked.map(({ scope }) => scope)).toEqual(['repository:team/app:pull,push']);
    await push(engine, target, { auth: { username: '<token>', identitytoken: 'refresh-me' } });
    expect(tokens.asked.slice(1)).toMatchObject([
      { method: 'POST', grant_type: 'refresh_token', scope: 'repository:team/app:pull,push' },
    ]);
    await expect(push(engine, target, { auth: { username: '<token>', identitytoken: 'stale' } })).rejects.toThrow(
      `UNAUTHENTICATED: registry ${registry.host} refused the credentials`,
    );
    await expect(push(engine, target)).rejects.toThrow(
      `PERMISSION_DENIED: registry ${registry.host} denied access to team/app`,
    );
  });

  it('Bearer: mounts with a token for both repositories, and sends where it gets none', async () => {
    await using tokens = await startTokenServer({ account, allows: (name) => name !== 'team/hidden' });
    await using registry = await startRegistry({ token: tokens });
    await using engine = await startEngine();
    const bearer = tokens.token([
      { type: 'repository', name: 'team/base', actions: ['pull', 'push'] },
      { type: 'repository', name: 'team/hidden', actions: ['pull', 'push'] },
    ]);
    const image = makeImage({ layers: [[{ name: 'a', content: 'x' }]] });
    const layer = shortOf(image.layers[0]?.digest ?? '');
    await pushImage(registry, 'team/base', '1', image, { bearer });
    await pull(engine, `${registry.host}/team/base:1`, { auth: account });
    await engine.images.tag({ source: `${registry.host}/team/base:1`, repo: `${registry.host}/team/app`, tag: '1' });
    const said = await push(engine, `${registry.host}/team/app:1`, { auth: account });
    expect(said.filter(({ id }) => id === layer).at(-1)?.status).toBe('Mounted from team/base');
    expect(tokens.asked.at(-1)?.scope).toBe('repository:team/app:pull,push repository:team/base:pull');
  });

  it('Bearer: says so when one may read and not write', async () => {
    await using tokens = await startTokenServer({ account, allows: (_, action) => action === 'pull' });
    await using registry = await startRegistry({ token: tokens });
    await using engine = await startEngine();
    const target = `${registry.host}/team/app:1`;
    await obtain(engine, makeImage({ layers: [[{ name: 'a' }]] }), target);
    await expect(push(engine, target, { auth: account })).rejects.toThrow(
      `PERMISSION_DENIED: registry ${registry.host} denied access to team/app`,
    );
  });
});
