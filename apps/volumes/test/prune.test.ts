import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PruneVerdict } from '@arcbox/proto/arcbox/engine/v1/prune';
import { describeIf } from '@arcbox/testing';
import { startVolumesEngine, type VolumesEngine } from './volumes-engine.ts';

const anonymous = { 'com.docker.volume.anonymous': '' };

describeIf(['root'], 'a prune of volumes', () => {
  let engine: VolumesEngine;
  beforeAll(async () => (engine = await startVolumesEngine()));
  afterAll(() => engine[Symbol.asyncDispose]());

  const make = async (name: string, labels: Record<string, string> = {}, driverOpts: Record<string, string> = {}): Promise<string> => {
    const { mountpoint } = await (await engine.volumes()).create({ name, labels, driverOpts });
    return mountpoint;
  };
  const fates = (verdicts: readonly PruneVerdict[]): Record<string, string> =>
    Object.fromEntries(verdicts.map(({ name, removed, reason, usedBy }) => [name, removed ? 'goes' : reason || `used by ${usedBy.join()}`]));
  const onDisk = (): number => parseInt(execFileSync('du', ['-sxB1', join(engine.root.path, 'volumes', 'data')], { encoding: 'utf8' }), 10);

  it('does what it announces, and every byte of it comes back', async () => {
    const further = await engine.further();
    writeFileSync(join(await make('nobody', anonymous), 'file'), Buffer.alloc(300_000, 1));
    writeFileSync(join(await make('mine'), 'file'), Buffer.alloc(50_000, 1));
    await make('kept', { ...anonymous, keep: 'yes' });
    await make('memory', anonymous, { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' });
    await make('used', anonymous);
    engine.users.set('used', ['web', 'going']);
    await make('promised', anonymous);
    const owner = 'e'.repeat(64);
    await further.claim({ name: 'promised', owner });

    const filters = { 'label!': 'keep' };
    const plan = await further.pruneVolumes({ filters, dryRun: true });
    expect(fates(plan.verdicts)).toEqual({
      kept: 'label keep',
      memory: 'goes',
      mine: 'named volume, needs volume prune --all',
      nobody: 'goes',
      promised: `claimed by container ${'e'.repeat(12)}, which is being made or started`,
      used: 'used by web',
    });
    const sizeOf = (name: string): bigint | undefined => plan.verdicts.find((verdict) => verdict.name === name)?.size;
    // Two directories and the file; what is in memory takes no disk.
    expect(sizeOf('nobody')).toBe(BigInt(2 * 4096 + 74 * 4096));
    expect(sizeOf('memory')).toBe(0n);
    const before = onDisk();
    const done = await further.pruneVolumes({ filters });
    expect(fates(done.verdicts)).toEqual(fates(plan.verdicts));
    expect(done.spaceReclaimed).toBe(plan.spaceReclaimed);
    // A volume that is a mount of its own has a directory for it, and one that the mount hides.
    expect(before - onDisk() - 4096).toBe(Number(done.spaceReclaimed));
    expect(done.verdicts.filter(({ removed }) => removed).flatMap(({ gone }) => gone)).toEqual(['memory', 'nobody']);

    await further.release({ owner });
    const later = await further.pruneVolumes({ all: true, dryRun: true, goneContainers: ['web'] });
    expect(fates(later.verdicts)).toEqual({ kept: 'goes', mine: 'goes', promised: 'goes', used: 'goes' });
    await expect(further.pruneVolumes({ goneContainers: ['web'] })).rejects.toMatchObject({ details: 'gone_containers is for a dry run' });
    await expect(further.pruneVolumes({ filters: { until: 'x' } })).rejects.toMatchObject({ code: 3 });
  });

  it('takes nothing that is claimed while it looks, and waits for nobody who works on one', async () => {
    const further = await engine.further();
    const place = await make('wanted', anonymous);
    const owner = 'f'.repeat(64);
    // The claim comes after the first look, before the removal asks again.
    let asked = 0;
    engine.meanwhile.work = async () => {
      if (++asked === 1) await further.claim({ name: 'wanted', owner });
    };
    const { verdicts } = await further.pruneVolumes({ filters: { label: 'com.docker.volume.anonymous' } });
    engine.meanwhile.work = undefined;
    expect(verdicts.find(({ name }) => name === 'wanted')).toMatchObject({ removed: false });
    expect(existsSync(place)).toBe(true);
    await further.release({ owner });

    // A removal holds the volume while it asks who uses it.
    const seen: PruneVerdict[] = [];
    engine.meanwhile.work = async () => {
      engine.meanwhile.work = undefined;
      seen.push(...(await further.pruneVolumes({ dryRun: true })).verdicts);
    };
    await (await engine.volumes()).remove({ name: 'wanted' });
    expect(fates(seen)).toMatchObject({ wanted: 'being changed right now' });
  });
});
