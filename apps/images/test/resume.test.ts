import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf, eventually, startRegistry } from '@arcbox/testing';
import { pull } from './engine.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { type ImagesProcess, startImagesProcess } from './images-process.ts';
import { pushImage } from './push.ts';
import { makeImage } from './test-image.ts';

/** Bytes that are on disk of what is being downloaded. */
function kept({ state }: ImagesProcess): number {
  const parts = readdirSync(join(state, 'ingest')).filter((name) => name.startsWith('part-'));
  return parts.reduce((sum, name) => sum + statSync(join(state, 'ingest', name)).size, 0);
}

async function listen({ images }: ImagesProcess, reference: string, statuses: string[]): Promise<void> {
  for await (const { status } of images.pull({ reference })) statuses.push(status);
}

describeIf(['root', 'docker-registry', 'bsdtar'], 'a worker that is killed in the middle of a layer', () => {
  it('goes on from what is on disk when it is back, twice if need be, and fetches nothing again', async () => {
    await using registry = await startRegistry();
    await using proxy = await startFaultProxy(registry.port);
    await using worker = await startImagesProcess();
    const image = makeImage({ layers: [[{ name: 'small' }], [{ name: 'large', content: randomBytes(6_000_000) }]] });
    await pushImage(registry, 'app', '1', image);
    const reference = `${proxy.host}/app:1`;
    const [small, large] = image.layers.map(({ digest }) => `GET /v2/app/blobs/${digest}`);
    let before = 0;
    for (const _ of ['once', 'twice']) {
      proxy.fault = (line) => (line === large ? { stallAfter: 2_000_000 } : undefined);
      const statuses: string[] = [];
      const pulling = listen(worker, reference, statuses).catch((error: Error) => error);
      await eventually(() => expect(kept(worker)).toBeGreaterThan(before + 1_000_000));
      await eventually(() => expect(statuses).toContainEqual(expect.stringMatching(/Pull complete|Already exists/)));
      await worker.kill();
      await expect(pulling).resolves.toBeInstanceOf(Error);
      before = kept(worker);
      await worker.start();
      await expect(worker.images.exists({ reference })).resolves.toMatchObject({ exists: false });
    }
    proxy.fault = () => undefined;
    const said = await pull(worker, reference);
    expect(said[0]?.status).toBe('Already exists');
    const asked = (wanted = ''): (string | undefined)[] =>
      proxy.requests.filter(({ line }) => line === wanted).map(({ headers }) => headers.range);
    expect(asked(small)).toHaveLength(1);
    expect(asked(large)).toEqual([undefined, expect.stringMatching(/^bytes=\d{7}-$/), `bytes=${before}-`]);
    await expect(worker.images.exists({ reference })).resolves.toEqual({ exists: true, id: image.id });
    expect(readdirSync(join(worker.state, 'ingest'))).toEqual([]);
  });
});
