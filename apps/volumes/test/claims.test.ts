import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { isMounted, unmount } from '@arcbox/linux';
import { describeIf } from '@arcbox/testing';
import { startVolumesEngine, type VolumesEngine } from './volumes-engine.ts';

const owner = 'c'.repeat(64);

describeIf(['root'], 'claims', () => {
  let engine: VolumesEngine;
  beforeAll(async () => void (engine = await startVolumesEngine()));
  afterAll(() => engine[Symbol.asyncDispose]());

  const restore = async (name: string, data: Buffer): Promise<void> => {
    const pieces = async function* () {
      yield { name, replace: true, data, eof: true };
    };
    await (await engine.further()).restore(pieces());
  };

  it('keep a volume until the container is there, or will not be', async () => {
    const [volumes, further] = [await engine.volumes(), await engine.further()];
    await volumes.create({ name: 'wanted' });
    await further.claim({ name: 'wanted', owner });
    await expect(volumes.remove({ name: 'wanted', force: true })).rejects.toThrow('FAILED_PRECONDITION: volume wanted is in use by cccccccccccc');
    await further.release({ owner });
    await volumes.remove({ name: 'wanted' });
    await expect(further.claim({ name: 'wanted', owner })).rejects.toThrow('NOT_FOUND');
    await expect(further.claim({ name: 'wanted', owner: 'x' })).rejects.toThrow('INVALID_ARGUMENT');
  });

  it('keep a volume also when they end while others are asked who uses it', async () => {
    const [volumes, further] = [await engine.volumes(), await engine.further()];
    const { mountpoint } = await volumes.create({ name: 'raced' });
    await further.claim({ name: 'raced', owner });
    // The container's record came after the answer was made, and before it arrived.
    engine.meanwhile.work = () => further.release({ owner });
    await expect(volumes.remove({ name: 'raced' })).rejects.toThrow('FAILED_PRECONDITION: volume raced is in use by cccccccccccc');
    await further.claim({ name: 'raced', owner });
    const archive = execFileSync('tar', ['-c', '-C', '/etc', 'hostname']);
    await expect(restore('raced', archive)).rejects.toThrow('FAILED_PRECONDITION: volume raced is in use by cccccccccccc: stop that first');
    delete engine.meanwhile.work;
    await restore('raced', archive);
    expect(readdirSync(mountpoint)).toEqual(['hostname']);
  });

  it('wait for a restore that swaps the content', async () => {
    const [volumes, further] = [await engine.volumes(), await engine.further()];
    const { mountpoint } = await volumes.create({ name: 'swapped' });
    const archive = execFileSync('tar', ['-c', '-C', '/etc', 'hostname']);
    let claimed: Promise<string[]> | undefined;
    let asked = 0;
    engine.meanwhile.work = async () => {
      // The second time it has the archive, and is about to put it in place.
      if (++asked === 2) claimed = further.claim({ name: 'swapped', owner }).then(() => readdirSync(mountpoint));
    };
    await restore('swapped', archive);
    delete engine.meanwhile.work;
    expect(await claimed).toEqual(['hostname']);
    await further.release({ owner });
  });

  it('have mounted what a volume wants', async () => {
    const [volumes, further] = [await engine.volumes(), await engine.further()];
    const { mountpoint } = await volumes.create({ name: 'quick', driverOpts: { type: 'tmpfs', device: 'tmpfs' } });
    unmount(mountpoint);
    await further.claim({ name: 'quick', owner });
    expect(isMounted(mountpoint)).toBe(true);
    await further.release({ owner });
  });
});
