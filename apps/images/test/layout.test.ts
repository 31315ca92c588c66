import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf, startRegistry } from '@arcbox/testing';
import { hostPlatform } from '../src/image/platform.ts';
import { importArchive, ociArchive } from './archives.ts';
import { type Engine, pull, startEngine } from './engine.ts';
import { pushImage } from './push.ts';
import { makeImage, makeIndex, type TestImage } from './test-image.ts';

const run = (command: string, ...args: string[]): string => execFileSync(command, args, { stdio: 'pipe', encoding: 'utf8' });

/** Others look at the directory of the blobs while the engine runs. */
class Readers {
  readonly #layout: string;
  readonly #scratch: string;

  constructor({ state, root }: Engine) {
    this.#layout = join(state, 'oci');
    this.#scratch = join(root.path, 'scratch');
  }

  /** Names that umoci lists. */
  names(): string[] {
    return run('umoci', 'ls', '--layout', this.#layout).split('\n').filter(Boolean).sort();
  }

  /** What skopeo and umoci find under a name is this image, to the last byte. */
  expectImage(name: string, image: TestImage): void {
    const { Digest, Layers } = JSON.parse(run('skopeo', 'inspect', `oci:${this.#layout}:${name}`)) as { Digest: string; Layers: string[] };
    expect(Digest).toBe(image.manifest.digest);
    expect(Layers).toEqual(image.layers.map(({ digest }) => digest));
    const [copy, bundle] = [join(this.#scratch, 'copy'), join(this.#scratch, 'bundle')];
    rmSync(this.#scratch, { recursive: true, force: true });
    mkdirSync(copy, { recursive: true });
    run('skopeo', 'copy', '-q', `oci:${this.#layout}:${name}`, `dir:${copy}`);
    expect(readFileSync(join(copy, 'manifest.json')).equals(image.manifest.content)).toBe(true);
    for (const { digest, content } of [image.config, ...image.layers])
      expect(readFileSync(join(copy, digest.slice(7))).equals(content)).toBe(true);
    run('umoci', 'unpack', '--image', `${this.#layout}:${name}`, bundle);
    expect(existsSync(join(bundle, 'rootfs'))).toBe(true);
  }
}

describeIf(['root', 'bsdtar', 'docker-registry', 'skopeo', 'umoci'], 'the directory of the blobs', () => {
  it('is an OCI image layout that others read in place, whatever happens to the images', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    const others = new Readers(engine);
    expect(others.names()).toEqual([]);
    const shared = [{ name: 'shared', content: 'x'.repeat(5_000) }];
    const [one, two, three] = [
      makeImage({ layers: [shared, [{ name: 'one' }]] }),
      makeImage({ layers: [shared, [{ name: 'two' }]] }),
      makeImage({ layers: [shared] }),
    ];
    const index = makeIndex([
      [one, hostPlatform()],
      [makeImage({ layers: [[{ name: 'far' }]] }), { os: 'linux', architecture: 's390x', variant: '' }],
    ]);
    await pushImage(registry, 'one', '1', one);
    const pulled = `${registry.host}/one:1`;
    await pull(engine, pulled);
    others.expectImage(pulled, one);
    // Of an index, one platform is here; the others are not missed.
    await importArchive(engine, ociArchive(one, {}, index), { reference: 'indexed' });
    others.expectImage('docker.io/library/indexed:latest', one);
    await engine.images.remove({ id: 'indexed' });
    await importArchive(engine, ociArchive(two), { reference: 'team/two:2.0' });
    await importArchive(engine, ociArchive(three));
    expect(others.names()).toEqual(['docker.io/team/two:2.0', pulled]);
    await engine.images.tag({ source: 'team/two:2.0', repo: 'nginx', tag: '' });
    for (const name of ['docker.io/team/two:2.0', 'docker.io/library/nginx:latest']) others.expectImage(name, two);
    await engine.images.remove({ id: pulled });
    await engine.images.remove({ id: 'team/two:2.0' });
    expect(others.names()).toEqual(['docker.io/library/nginx:latest']);
    others.expectImage('docker.io/library/nginx:latest', two);
    await engine.images.tag({ source: three.id, repo: 'nginx', tag: 'latest' });
    others.expectImage('docker.io/library/nginx:latest', three);
  });
});
