import { describeIf } from '@arcbox/testing';
import { openStore } from '@arcbox/store';
import { join } from 'node:path';
import { importArchive, ociArchive } from './archives.ts';
import { startEngine } from './engine.ts';
import { makeImage } from './test-image.ts';

const step = (created_by: string, more: object = {}): object => ({ created: '2024-05-01T10:00:00Z', created_by, ...more });

describeIf(['root', 'bsdtar'], 'history', () => {
  it('tells the steps, newest first, with what they added and the images that are known', async () => {
    await using engine = await startEngine();
    const base = makeImage({
      layers: [[{ name: 'a', content: '12345' }]],
      history: [step('ADD a /'), step('CMD ["a"]', { empty_layer: true })],
    });
    const built = makeImage({
      layers: [[{ name: 'a', content: '12345' }], [{ name: 'b', content: '123' }]],
      history: [
        step('ADD a /'),
        step('CMD ["a"]', { empty_layer: true }),
        step('ENV A=b', { empty_layer: true, created: undefined }),
        step('COPY b /', { comment: 'by hand' }),
      ],
    });
    await importArchive(engine, ociArchive(base), { reference: 'base' });
    await importArchive(engine, ociArchive(built), { reference: 'built' });
    await engine.images.tag({ source: 'built', repo: 'also', tag: '' });
    const entries = async () => (await engine.imageStore.history({ image: 'built' })).entries;
    const [created, none] = ['2024-05-01T10:00:00Z', '0001-01-01T00:00:00Z'];
    const missing = { id: '<missing>', created, size: 0n, comment: '', tags: [] };
    const newest = {
      ...{ id: built.id, created, createdBy: 'COPY b /', size: 3n, comment: 'by hand' },
      tags: ['also:latest', 'built:latest'],
    };
    expect(await entries()).toEqual([
      newest,
      { ...missing, createdBy: 'ENV A=b', created: none },
      { ...missing, createdBy: 'CMD ["a"]' },
      { ...missing, createdBy: 'ADD a /', size: 5n },
    ]);
    using store = openStore(join(engine.state, 'state.db'));
    store.db.prepare("UPDATE c_images SET doc = json_set(doc, '$.parent', ?) WHERE id = ?").run(base.id, built.id);
    expect((await entries())[2]).toEqual({ ...missing, createdBy: 'CMD ["a"]', id: base.id, tags: ['base:latest'] });
    await expect(engine.imageStore.history({ image: 'absent' })).rejects.toThrow('NOT_FOUND: no such image: absent');
  });

  it('counts the layers that the configuration does not tell of', async () => {
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a', content: '12345' }], [{ name: 'b', content: '123' }]] });
    await importArchive(engine, ociArchive(image), { reference: 'app' });
    const { entries } = await engine.imageStore.history({ image: 'app' });
    expect(entries.map(({ id, size }) => [id, size])).toEqual([
      [image.id, 3n],
      ['<missing>', 5n],
    ]);
  });
});
