import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { canBeSilent, describeIf, mountSilent } from '@arcbox/testing';
import { needs, startEngine } from './engine.ts';

describeIf(canBeSilent() ? needs : ['a kernel with FUSE'], 'a mount of a server that does not answer', () => {
  it('keeps nobody waiting but who wants it', async () => {
    await using engine = await startEngine();
    const { containers, engine: extras } = engine;
    const server = join(engine.root.path, 'server');
    mkdirSync(server);
    const request = { image: 'busybox', cmd: ['true'], mounts: [{ source: server, target: '/export' }] };
    const { id } = await containers.create(request);
    let starting: Promise<unknown>;
    {
      using _silent = mountSilent(server);
      const hurry = { signal: AbortSignal.timeout(500) };
      const waiting = [
        containers.create({ ...request, mounts: [{ source: join(server, 'below'), target: '/export' }] }, hurry),
        extras.statPath({ id, path: '/export' }, hurry),
      ];
      const ended = Promise.allSettled(waiting);
      expect((await containers.list({ all: true })).containers.map((one) => one.id)).toEqual([id]);
      expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      starting = Promise.allSettled([containers.start({ id })]);
      expect((await containers.inspect({ id })).id).toBe(id);
      const { id: other } = await containers.create({ image: 'busybox', cmd: ['true'] });
      await containers.start({ id: other });
      await containers.wait({ id: other });
    }
    await starting;
    await containers.start({ id });
    await containers.wait({ id });
    expect(await extras.statPath({ id, path: '/export' })).toBeDefined();
  });
});
