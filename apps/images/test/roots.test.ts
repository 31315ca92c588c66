import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf, startRegistry } from '@arcbox/testing';
import { importArchive, ociArchive } from './archives.ts';
import { mountRoot, pull, startEngine } from './engine.ts';
import { pushImage } from './push.ts';
import { makeImage } from './test-image.ts';
import type { TarInput } from './tar.ts';

describeIf(['root', 'overlay', 'docker-registry', 'bsdtar'], 'roots', () => {
  it('gives every container its own writable view of the same layers', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    await pushImage(
      registry,
      'app',
      '1',
      makeImage({
        layers: [
          [
            { name: './', type: '5', mode: 0o751, uid: 5 },
            { name: 'f', content: 'image' },
          ],
        ],
      }),
    );
    await pull(engine, `${registry.host}/app:1`);
    const [one, two] = ['one', 'two'].map((name) => join(engine.root.path, name)) as [string, string];
    for (const path of [one, two]) mkdirSync(path);
    await using _one = await mountRoot(engine, one, `${registry.host}/app:1`);
    await using _two = await mountRoot(engine, two, `${registry.host}/app:1`);
    writeFileSync(join(one, 'f'), 'mine');
    expect(readFileSync(join(two, 'f'), 'utf8')).toBe('image');
    expect(statSync(two)).toMatchObject({ uid: 5 });
    expect(statSync(two).mode & 0o7777).toBe(0o751);
  });

  it('has a directory where a layer writes below what is a link in the one under it, as with containerd and podman', async () => {
    await using engine = await startEngine();
    const lower = [{ name: 'usr/bin/', type: '5' }, { name: 'usr/bin/a' }, { name: 'bin', type: '2', link: 'usr/bin' }];
    await importArchive(engine, ociArchive(makeImage({ layers: [lower, [{ name: 'bin/b' }]] })), { reference: 'app' });
    const path = join(engine.root.path, 'root');
    mkdirSync(path);
    await using _root = await mountRoot(engine, path, 'app');
    expect(lstatSync(join(path, 'bin')).isDirectory()).toBe(true);
    expect([readdirSync(join(path, 'bin')), readdirSync(join(path, 'usr/bin'))]).toEqual([['b'], ['a']]);
  });

  it('refuses a place where something else is mounted: cleaning up would unmount it', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    await pushImage(registry, 'app', '1', makeImage({ layers: [[{ name: 'f' }]] }));
    const name = `${registry.host}/app:1`;
    await pull(engine, name);
    await expect(engine.roots.prepare({ path: '/proc', name })).rejects.toThrow('FAILED_PRECONDITION: something is mounted at /proc');
    await engine.roots.cleanup({ path: '/proc' });
    expect(existsSync('/proc/self')).toBe(true);
  });

  it('refuses a path that is prepared, until it is cleaned up, mounted or not', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    await pushImage(registry, 'app', '1', makeImage({ layers: [[{ name: 'f' }]] }));
    const name = `${registry.host}/app:1`;
    await pull(engine, name);
    const path = join(engine.root.path, 'rootfs');
    mkdirSync(path);
    await mountRoot(engine, path, name);
    await expect(engine.roots.prepare({ path, name })).rejects.toThrow(`ALREADY_EXISTS: ${path} is prepared already`);
    await expect(engine.roots.prepare({ path: `${path}/../rootfs/`, name })).rejects.toThrow('ALREADY_EXISTS');
    await using second = await engine.start('1');
    await expect(second.roots.prepare({ path, name })).rejects.toThrow('ALREADY_EXISTS');
    await second.roots.cleanup({ path });
    await engine.roots.cleanup({ path });
    expect(existsSync(join(path, 'f'))).toBe(false);
    expect(readdirSync(join(engine.state, 'roots'))).toEqual([]);
    await engine.roots.prepare({ path, name });
    await engine.roots.cleanup({ path });
    await expect(engine.roots.prepare({ path: 'relative', name })).rejects.toThrow('INVALID_ARGUMENT');
    await expect(engine.roots.prepare({ path, name: 'absent' })).rejects.toThrow('NOT_FOUND: no such image: absent');
  });

  it('mounts images of no layer, of 127 layers, and with the same layer several times', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    const [empty, same]: TarInput[][] = [[], [{ name: 'same', content: 'same' }]];
    const many = Array.from({ length: 127 }, (_, i): TarInput[] => [
      { name: `f${i}`, content: String(i) },
      { name: 'top', content: String(i) },
    ]);
    const layers = {
      none: [],
      many,
      repeated: [same ?? [], empty ?? [], [{ name: '.wh.same' }], empty ?? [], same ?? []],
    };
    for (const [tag, input] of Object.entries(layers)) {
      await pushImage(registry, 'app', tag, makeImage({ layers: input }));
      await pull(engine, `${registry.host}/app:${tag}`);
    }
    const path = join(engine.root.path, 'rootfs');
    mkdirSync(path);
    const look = async (tag: string): Promise<string[]> => {
      await using _root = await mountRoot(engine, path, `${registry.host}/app:${tag}`);
      return readdirSync(path).map((name) => `${name}=${readFileSync(join(path, name), 'utf8')}`);
    };
    expect(await look('none')).toEqual([]);
    expect(await look('repeated')).toEqual(['same=same']);
    const seen = await look('many');
    expect(seen).toHaveLength(128);
    expect(seen).toContain('top=126');
  });
});
