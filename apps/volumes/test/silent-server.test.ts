import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMounted, unmount } from '@arcbox/linux';
import { canBeSilent, describeIf, eventually, mountSilent } from '@arcbox/testing';
import { holdOnHost } from '../src/host-path.ts';
import { readForeign } from '../src/read-foreign.ts';
import { startVolumesEngine, type VolumesEngine } from './volumes-engine.ts';

const owner = 'a'.repeat(64);

const needs = canBeSilent() ? ['root'] : ['a kernel with FUSE'];

describeIf(needs, 'a server that does not answer', () => {
  let engine: VolumesEngine;
  let server: string;
  let device: string;

  beforeEach(async () => {
    engine = await startVolumesEngine();
    server = join(engine.root.path, 'server');
    device = join(server, 'export');
    mkdirSync(device, { recursive: true });
    writeFileSync(join(device, 'file'), 'there');
  });
  afterEach(() => engine[Symbol.asyncDispose]());

  const bind = async (name: string): Promise<string> =>
    (await (await engine.volumes()).create({ name, driverOpts: { type: 'none', o: 'bind', device } })).mountpoint;

  it('keeps nobody waiting who does not need its volume', async () => {
    const place = await bind('dead');
    {
      using _silent = mountSilent(place);
      const volumes = await engine.volumes();
      await volumes.inspect({ name: 'dead' });
      await volumes.create({ name: 'alive' });
      await eventually(async () => expect(Number((await volumes.inspect({ name: 'alive' })).usage?.size)).toBeGreaterThan(0));
      const silence = Array.fromAsync(readForeign(place, new AbortController().signal, 300));
      await expect(silence).rejects.toThrow('the directory has given nothing for 0.3 s');
      const backup = Array.fromAsync((await engine.further()).backup({ name: 'dead' }, { signal: AbortSignal.timeout(300) }));
      await expect(backup).rejects.toThrow(/abort/i);
      await engine.restart();
      expect((await (await engine.volumes()).list({})).volumes.map(({ name }) => name)).toEqual(['alive', 'dead']);
      await (await engine.volumes()).remove({ name: 'dead' });
    }
    expect(isMounted(place)).toBe(false);
  });

  it('keeps nobody waiting who asks for something on the host', async () => {
    using _silent = mountSilent(server);
    const signal = new AbortController().signal;
    await expect(holdOnHost(device, [], signal, 300)).rejects.toMatchObject({ kind: 'unavailable', message: `the file system of ${device} does not answer` });
    const host = await engine.onHost();
    const reading = Array.fromAsync(host.readTree({ path: device }, { signal: AbortSignal.timeout(300) }));
    const requests = async function* () {
      yield { path: `${device}/some.sock` };
    };
    const dialling = Array.fromAsync(host.dial(requests(), { signal: AbortSignal.timeout(300) }));
    const refused = [reading, dialling].map((asked) => expect(asked).rejects.toThrow(/abort/i));
    await (await engine.volumes()).create({ name: 'alive' });
    await Promise.all(refused);
  });

  it('delays no worker that starts, and who needs its volume gets it when it answers', async () => {
    const place = await bind('slow');
    await engine.stop();
    unmount(place);
    {
      using _silent = mountSilent(server);
      await engine.restart();
      await (await engine.volumes()).create({ name: 'other' });
      const claim = (await engine.further()).claim({ name: 'slow', owner }, { signal: AbortSignal.timeout(300) });
      await expect(claim).rejects.toThrow(/abort/i);
      expect(isMounted(place)).toBe(false);
    }
    await eventually(async () => {
      await (await engine.further()).claim({ name: 'slow', owner });
      expect(isMounted(place)).toBe(true);
    });
    await (await engine.further()).release({ owner });
    const archive = Buffer.concat(await Array.fromAsync((await engine.further()).backup({ name: 'slow' }), ({ data }) => data));
    expect(archive.includes('there')).toBe(true);
  });
});
