import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setxattr } from '@arcbox/linux';
import { describeIf, eventually } from '@arcbox/testing';
import { diskUse, plant, survey } from './archive.ts';
import { startVolumesEngine } from './volumes-engine.ts';

describeIf(['root'], 'clone', () => {
  it('makes a volume with the same content and labels of its own', async () => {
    await using engine = await startVolumesEngine();
    const [volumes, further] = [await engine.volumes(), await engine.further()];
    const { mountpoint } = await volumes.create({ name: 'first', labels: { tier: 'db' } });
    execFileSync('sh', ['-euc', plant], { cwd: mountpoint });
    setxattr(join(mountpoint, 'd/f'), 'trusted.colour', Buffer.from('red'));
    const seen = survey(mountpoint);
    await further.clone({ source: 'first', name: 'second', labels: { made: 'now' } });
    const clone = await volumes.inspect({ name: 'second' });
    expect(clone).toMatchObject({ labels: { made: 'now' }, options: {}, driver: 'local' });
    expect(survey(clone.mountpoint)).toEqual(seen);
    expect(diskUse(join(clone.mountpoint, 'd/sparse'))).toBeLessThan(1_000_000);
    writeFileSync(join(clone.mountpoint, 'more'), '');
    expect(survey(mountpoint)).toEqual(seen);
    await eventually(async () => {
      const events = (await engine.events()).map(({ action, actor }) => `${action} ${actor?.id}`);
      expect(events).toEqual(['create first', 'create second']);
    });
    await expect(further.clone({ source: 'first', name: 'second' })).rejects.toThrow('ALREADY_EXISTS');
    await expect(further.clone({ source: 'absent', name: 'third' })).rejects.toThrow('NOT_FOUND: no such volume: absent');
    await expect(further.clone({ source: 'first', name: '../x' })).rejects.toThrow('INVALID_ARGUMENT');
    expect(readdirSync(join(engine.root.paths.service('volumes'), 'new'))).toEqual([]);
  });
});
