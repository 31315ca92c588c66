import { describeIf } from '@arcbox/testing';
import { ChangeKind } from '@arcbox/proto/arcbox/engine/v1/container';
import { needs, run, startEngine, type TestEngine } from './engine.ts';

const letters = { [ChangeKind.CHANGE_KIND_MODIFIED]: 'C', [ChangeKind.CHANGE_KIND_ADDED]: 'A', [ChangeKind.CHANGE_KIND_DELETED]: 'D' };

describeIf(needs, 'changes of a container', () => {
  let engine: TestEngine;
  beforeAll(async () => void (engine = await startEngine()));
  afterAll(() => engine[Symbol.asyncDispose]());
  const changesOf = async (id: string): Promise<string[]> => {
    const { changes } = await engine.engine.changes({ id });
    return changes.map(({ kind, path }) => `${letters[kind as keyof typeof letters]} ${path}`);
  };
  const after = async (script: string, request = {}): Promise<string[]> => {
    const { id } = await run(engine, ['sh', '-c', script], request);
    await engine.containers.wait({ id });
    return changesOf(id);
  };

  it('are none before and after a start that writes nothing', async () => {
    const { id } = await engine.containers.create({ image: 'busybox', cmd: ['true'] });
    expect(await changesOf(id)).toEqual([]);
    await engine.containers.start({ id });
    await engine.containers.wait({ id });
    expect(await changesOf(id)).toEqual([]);
    await expect(engine.engine.changes({ id: 'absent' })).rejects.toThrow('NOT_FOUND');
  });

  it('are told of what is new, changed and gone, and of the directories on the way', async () => {
    const script = 'mkdir -p /new/a; echo > /new/a/f; echo more >> /data/from-image; rm -r /root; chmod 700 /tmp; : >> /etc/group; echo > /etc/motd';
    expect(await after(script)).toEqual(['A /new', 'A /new/a', 'A /new/a/f', 'C /data', 'C /data/from-image', 'C /etc', 'A /etc/motd', 'D /root', 'C /tmp'].sort((a, b) => (a.slice(2) < b.slice(2) ? -1 : 1)));
  });

  it('see through directories that were removed and made again', async () => {
    expect(await after('rm -r /data; mkdir /data; echo > /data/new')).toEqual(['C /data', 'D /data/from-image', 'A /data/new']);
    expect(await after('rm -r /data; echo > /data')).toEqual(['C /data']);
    expect(await after('rm /bin/ls; mkdir /bin/ls; echo > /bin/ls/f')).toEqual(['C /bin', 'C /bin/ls', 'A /bin/ls/f']);
  });

  it('do not tell of what is in a volume, but of its place', async () => {
    const mounts = [{ type: 'volume', source: 'of-changes', target: '/deep/volume' }, { type: 'tmpfs', target: '/data' }];
    expect(await after('echo > /deep/volume/f; echo > /data/f', { mounts })).toEqual(['A /deep', 'A /deep/volume']);
  });
});
