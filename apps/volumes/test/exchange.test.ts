import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mount, unmount } from '@arcbox/linux';
import { openStore } from '@arcbox/store';
import { describeIf } from '@arcbox/testing';
import { type Volume, volumeCollection } from '../src/volume.ts';
import { VolumeTree } from '../src/volume-tree.ts';
import { startVolumesEngine } from './volumes-engine.ts';

describeIf(['root'], 'volumes that cannot be exchanged', () => {
  it('stay what they were, and keep no worker from starting', async () => {
    await using engine = await startVolumesEngine();
    for (const name of ['gone', 'here', 'third']) await (await engine.volumes()).create({ name, labels: { name } });
    const place = engine.root.paths.service('volumes');
    const labels = async () => (await (await engine.volumes()).list({})).volumes.map(({ name, labels }) => [name, labels['name']]);
    const before = await labels();
    for (const name of ['gone', 'here']) {
      rmSync(join(place, 'data', name, '_data'), { recursive: true });
      await expect((await engine.further()).exchange({ first: name, second: 'third' })).rejects.toThrow(/FAILED_PRECONDITION: volumes .* cannot be exchanged: .*ENOENT/);
      expect(await labels()).toEqual(before);
    }
    await engine.stop();
    // As a worker leaves them that is killed between the records and the content; and a draft that cannot be deleted.
    {
      using store = openStore(join(place, 'state.db'));
      const collection = volumeCollection(store);
      const [gone, third] = ['gone', 'third'].map((name) => collection.get(name) as Volume);
      collection.put({ ...(gone as Volume), id: 'third' });
      collection.put({ ...(third as Volume), id: 'gone' });
      store.collection('exchanges').put({ id: 'gone/third', low: 'gone', high: 'third', content: '0:0' } as { id: string });
    }
    const draft = join(place, 'new', 'stuck', '_data');
    mkdirSync(draft, { recursive: true });
    mount({ type: 'tmpfs', source: 'tmpfs', target: draft, flags: 0, data: '' });
    await engine.restart();
    expect(await labels()).toEqual(before);
    unmount(draft);
    await engine.restart();
    expect(existsSync(draft)).toBe(false);
  });
});

describeIf(['root'], 'two volumes', () => {
  it('are exchanged with their labels, unless somebody runs with one', async () => {
    await using engine = await startVolumesEngine();
    let volumes = await engine.volumes();
    const further = await engine.further();
    for (const name of ['one', 'two']) {
      const { mountpoint } = await volumes.create({ name, labels: { name } });
      writeFileSync(join(mountpoint, name), name);
    }
    const shown = async (name: string) => {
      const { labels, mountpoint } = await volumes.inspect({ name });
      return [labels['name'], execFileSync('ls', [mountpoint], { encoding: 'utf8' }).trim()];
    };
    engine.users.set('one', ['runner']);
    await expect(further.exchange({ first: 'one', second: 'two' })).rejects.toThrow('FAILED_PRECONDITION: volume one is in use by runner');
    engine.users.set('one', ['still']);
    await further.exchange({ first: 'two', second: 'one' });
    expect([await shown('one'), await shown('two')]).toEqual([
      ['two', 'two'],
      ['one', 'one'],
    ]);
    await engine.stop();
    // As a worker leaves them that is killed between the records and the content.
    {
      using store = openStore(join(engine.root.paths.service('volumes'), 'state.db'));
      const [one, two] = ['one', 'two'].map((name) => volumeCollection(store).get(name) as Volume);
      volumeCollection(store).put({ ...(one as Volume), id: 'two' });
      volumeCollection(store).put({ ...(two as Volume), id: 'one' });
      const content = new VolumeTree(engine.root.paths.service('volumes')).identity('one');
      store.collection('exchanges').put({ id: 'one/two', low: 'one', high: 'two', content } as { id: string });
    }
    await engine.restart();
    volumes = await engine.volumes();
    expect([await shown('one'), await shown('two')]).toEqual([
      ['one', 'one'],
      ['two', 'two'],
    ]);
    await (await engine.further()).exchange({ first: 'one', second: 'two' });
    expect(await (await engine.volumes()).inspect({ name: 'one' })).toMatchObject({ labels: { name: 'two' } });
    const after = await engine.further();
    await expect(after.exchange({ first: 'one', second: 'one' })).rejects.toThrow('INVALID_ARGUMENT');
    await expect(after.exchange({ first: 'one', second: 'none' })).rejects.toThrow('NOT_FOUND');
  });
});
