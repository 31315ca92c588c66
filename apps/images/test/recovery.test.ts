import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '@arcbox/store';
import { describeIf, startRegistry } from '@arcbox/testing';
import { pull, startEngine } from './engine.ts';
import { pushImage } from './push.ts';
import { makeTar } from './tar.ts';
import { makeImage } from './test-image.ts';

describeIf(['root', 'docker-registry', 'bsdtar'], 'recovery', () => {
  it('removes what the dead have left, and keeps what is recorded', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a' }], [{ name: 'b' }]] });
    await pushImage(registry, 'app', '1', image);
    await pull(engine, `${registry.host}/app:1`);
    const path = join(engine.root.path, 'rootfs');
    await engine.roots.prepare({ path, name: `${registry.host}/app:1` });
    await engine.worker[Symbol.asyncDispose]();
    const state = (...parts: string[]): string => join(engine.state, ...parts);
    const stray = 'f'.repeat(64);
    const before = ['layers', 'l', 'roots', 'ingest', 'oci/blobs/sha256'].map((name) => readdirSync(state(name)));
    mkdirSync(state('ingest', '1.1-work', 'deep'), { recursive: true });
    writeFileSync(state('ingest', `part-${stray}`), 'old');
    utimesSync(state('ingest', `part-${stray}`), 1, 1);
    mkdirSync(state('layers', stray));
    symlinkSync(`../layers/${stray}`, state('l', 'zz'));
    mkdirSync(state('roots', 'abandoned', 'upper'), { recursive: true });
    utimesSync(state('roots', 'abandoned'), 1, 1);
    writeFileSync(state('oci/blobs/sha256', stray), 'x');
    rmSync(state('oci/index.json'));
    await using again = await engine.start('1');
    expect(['layers', 'l', 'roots', 'ingest', 'oci/blobs/sha256'].map((name) => readdirSync(state(name)))).toEqual(
      before,
    );
    expect(readFileSync(state('oci/index.json'), 'utf8')).toContain(image.manifest.digest);
    await again.roots.cleanup({ path });
  });

  it('collects the layers of a removal that was cut short, and keeps those of a pull for who comes back', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    for (const name of ['gone', 'half']) {
      const image = makeImage({ layers: [[{ name }]] });
      await pushImage(registry, name, '1', image);
      await pull(engine, `${registry.host}/${name}:1`);
    }
    const hexes = readdirSync(join(engine.state, 'layers'));
    await engine.worker[Symbol.asyncDispose]();
    const file = join(engine.state, 'state.db');
    using store = openStore(file);
    store.db.exec('DELETE FROM c_names; DELETE FROM c_images');
    const [first] = store.db.prepare('SELECT id FROM c_layers').all() as { id: string }[];
    store.db.prepare("UPDATE c_layers SET doc = json_set(doc, '$.released', json('true')) WHERE id = ?").run(first?.id ?? '');
    await using _again = await engine.start('1');
    expect(readdirSync(join(engine.state, 'layers'))).toEqual(hexes.filter((hex) => `sha256:${hex}` !== first?.id));
  });

  it('collects a layer that was made here and whose image never came about', async () => {
    await using engine = await startEngine();
    const upload = async function* () {
      yield { data: makeTar([{ name: 'file' }]), eof: true };
    };
    await engine.imageStore.importFilesystem(upload());
    await engine.worker[Symbol.asyncDispose]();
    {
      using store = openStore(join(engine.state, 'state.db'));
      store.db.exec('DELETE FROM c_names; DELETE FROM c_images');
    }
    await using _again = await engine.start('1');
    expect(readdirSync(join(engine.state, 'layers'))).toEqual(['empty']);
  });

  it('forgets an image whose layers somebody has removed, so that it can be pulled again', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a' }]] });
    await pushImage(registry, 'app', '1', image);
    const reference = `${registry.host}/app:1`;
    await pull(engine, reference);
    await engine.worker[Symbol.asyncDispose]();
    rmSync(join(engine.state, 'layers', image.diffIds[0]?.slice(7) ?? ''), { recursive: true });
    await using again = await engine.start('1');
    await expect(again.images.exists({ reference })).resolves.toMatchObject({ exists: false });
    await pull(again, reference);
    await expect(again.images.exists({ reference })).resolves.toMatchObject({ exists: true });
  });
});
