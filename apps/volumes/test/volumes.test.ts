import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isMounted } from '@arcbox/linux';
import { silentLogger } from '@arcbox/log';
import { openStore, type Store } from '@arcbox/store';
import { describeIf, eventually, temporaryRoot } from '@arcbox/testing';
import { createVolume } from '../src/create.ts';
import { recover } from '../src/recover.ts';
import { volumeCollection } from '../src/volume.ts';
import { VolumeTree } from '../src/volume-tree.ts';
import { startVolumesEngine } from './volumes-engine.ts';

const grpc = { invalid: 3, notFound: 5, exists: 6, precondition: 9 };

test('a volume is created, shown, listed and removed, each once', async () => {
  await using engine = await startVolumesEngine();
  const volumes = await engine.volumes();
  const { mountpoint } = await volumes.create({ name: 'data', labels: { tier: 'db' } });
  writeFileSync(join(mountpoint, 'file'), 'x'.repeat(100_000));
  const same = await volumes.create({ name: 'data', driver: 'local' });
  expect(same).toEqual({ name: 'data', driver: 'local', mountpoint });

  expect(await volumes.inspect({ name: 'data' })).toMatchObject({
    name: 'data',
    driver: 'local',
    mountpoint,
    scope: 'local',
    labels: { tier: 'db' },
    options: {},
    created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/),
  });
  await eventually(async () => {
    const { usage } = await volumes.inspect({ name: 'data' });
    expect(Number(usage?.size)).toBeGreaterThanOrEqual(100_000);
    expect(usage?.refCount).toBe(0n);
  });

  await volumes.remove({ name: 'data' });
  expect(existsSync(mountpoint)).toBe(false);
  expect(readdirSync(join(engine.root.paths.service('volumes'), 'trash'))).toEqual([]);
  await expect(volumes.inspect({ name: 'data' })).rejects.toMatchObject({ code: grpc.notFound, details: 'no such volume: data' });
  await expect(volumes.remove({ name: 'data' })).rejects.toMatchObject({ code: grpc.notFound });
  await volumes.remove({ name: 'data', force: true });
  await eventually(async () => {
    const events = (await engine.events()).map(({ type, action, actor }) => [type, action, actor?.id, actor?.attributes['tier']]);
    expect(events).toEqual([
      ['volume', 'create', 'data', 'db'],
      ['volume', 'destroy', 'data', 'db'],
    ]);
  });
});

test('without a name it is anonymous', async () => {
  await using engine = await startVolumesEngine();
  const volumes = await engine.volumes();
  const { name } = await volumes.create({ labels: { a: 'b' } });
  expect(name).toMatch(/^[0-9a-f]{64}$/);
  expect((await volumes.inspect({ name })).labels).toEqual({ a: 'b', 'com.docker.volume.anonymous': '' });
});

test('bad input is refused by name', async () => {
  await using engine = await startVolumesEngine();
  const volumes = await engine.volumes();
  const refused = [{ name: '../x' }, { name: 'a' }, { name: '.hidden' }, { name: 'a/b' }, { name: 'x'.repeat(256) }];
  for (const request of refused) await expect(volumes.create(request)).rejects.toMatchObject({ code: grpc.invalid });
  await expect(volumes.create({ driver: 'cloud' })).rejects.toMatchObject({ code: grpc.invalid, details: 'unknown volume driver: cloud' });
  await expect(volumes.create({ driverOpts: { type: 'nfs' } })).rejects.toMatchObject({ code: grpc.invalid });
  // The name of a server is no option of the program that looks for it.
  await expect(volumes.create({ driverOpts: { type: 'nfs', device: ':/x', o: 'addr=--help' } })).rejects.toThrow('the address of --help cannot be found');
  const absent = volumes.create({ name: 'bound', driverOpts: { type: 'none', o: 'bind', device: '/no/such/directory' } });
  await expect(absent).rejects.toMatchObject({ code: grpc.invalid });
  await expect(volumes.list({ filters: { colour: 'red' } })).rejects.toMatchObject({ code: grpc.invalid, details: 'unknown volume filter: colour' });
  await expect(volumes.list({ filters: { dangling: 'perhaps' } })).rejects.toMatchObject({ code: grpc.invalid });
  expect(readdirSync(join(engine.root.paths.service('volumes'), 'data'))).toEqual([]);
});

test('what containers use stays, and the message names them', async () => {
  await using engine = await startVolumesEngine();
  const volumes = await engine.volumes();
  await volumes.create({ name: 'used' });
  await volumes.create({ name: 'free', labels: { tier: 'web', list: 'a,b' } });
  engine.users.set('used', ['web', 'db']);
  const removal = volumes.remove({ name: 'used', force: true });
  await expect(removal).rejects.toMatchObject({ code: grpc.precondition, details: 'volume used is in use by web, db' });
  const names = async (filters: Record<string, string>) => (await volumes.list({ filters })).volumes.map(({ name }) => name);
  expect(await names({})).toEqual(['free', 'used']);
  expect(await names({ dangling: 'true' })).toEqual(['free']);
  expect(await names({ dangling: '0' })).toEqual(['used']);
  expect(await names({ name: 'se,nothing' })).toEqual(['used']);
  expect(await names({ label: 'tier=web,list=a,b', driver: 'local' })).toEqual(['free']);
  expect(await names({ label: 'tier,more' })).toEqual([]);
});

test('a container that is being removed keeps no volume', async () => {
  await using engine = await startVolumesEngine();
  const volumes = await engine.volumes();
  const { name } = await volumes.create({});
  engine.users.set(name, ['going']);
  await volumes.remove({ name });
  expect((await volumes.list({})).volumes).toEqual([]);
});

test('two replicas creating one volume make one', async () => {
  await using engine = await startVolumesEngine();
  const [first, second] = [await engine.volumes(), await engine.startSecond()];
  const clients = [first, second, first, second, first, second];
  const made = await Promise.all(clients.map((client) => client.create({ name: 'shared' })));
  expect(new Set(made.map(({ mountpoint }) => mountpoint)).size).toBe(1);
  await eventually(async () => expect(await engine.events()).toHaveLength(1));
});

test('after a crash half-made and half-removed volumes are gone, and nobody’s data is', async () => {
  await using engine = await startVolumesEngine();
  const volumes = await engine.volumes();
  const { mountpoint } = await volumes.create({ name: 'half-gone' });
  writeFileSync(join(mountpoint, 'file'), '');
  await volumes.create({ name: 'whole' });
  const directory = engine.root.paths.service('volumes');
  // As a killed worker leaves them.
  {
    using store = openStore(join(directory, 'state.db'));
    volumeCollection(store).update('half-gone', (record) => ({ ...record, removing: true }));
  }
  mkdirSync(join(directory, 'new', 'draft', '_data'), { recursive: true });
  mkdirSync(join(directory, 'data', 'half-made', '_data'), { recursive: true });
  mkdirSync(join(directory, 'data', 'stray', '_data'), { recursive: true });
  writeFileSync(join(directory, 'data', 'stray', '_data', 'precious'), 'kept');
  await engine.restart();

  const after = await engine.volumes();
  await eventually(async () => expect((await after.list({})).volumes.map(({ name }) => name)).toEqual(['whole']));
  const entries = (part: string): string[] => readdirSync(join(directory, part));
  expect([entries('data'), entries('new'), entries('trash')]).toEqual([['whole'], [], []]);
  const [lost] = entries('lost');
  expect(readFileSync(join(directory, 'lost', lost ?? '', '_data', 'precious'), 'utf8')).toBe('kept');
});

test('a directory that is becoming a volume is not taken for one that a dead worker has left', async () => {
  await using root = temporaryRoot();
  const directory = root.paths.service('volumes');
  const [store, other] = [openStore(join(directory, 'state.db')), openStore(join(directory, 'state.db'))];
  const parts = (each: Store) => ({ store: each, volumes: volumeCollection(each), tree: new VolumeTree(directory), log: silentLogger });
  const making = parts(store);
  const begin = making.tree.begin.bind(making.tree);
  making.tree.begin = async (draft) => {
    const path = await begin(draft);
    await recover(parts(other));
    return path;
  };
  const order = { name: 'young', driver: '', options: {}, labels: {} };
  await createVolume(making, order, new AbortController().signal);
  expect(existsSync(making.tree.mountpoint('young'))).toBe(true);
  for (const each of [store, other]) each[Symbol.dispose]();
});

test('it does not come to be when who wants it goes on the way, for they may have looked for it already', async () => {
  await using root = temporaryRoot();
  const directory = root.paths.service('volumes');
  using store = openStore(join(directory, 'state.db'));
  const parts = { store, volumes: volumeCollection(store), tree: new VolumeTree(directory) };
  const [leaving, place] = [new AbortController(), parts.tree.place.bind(parts.tree)];
  parts.tree.place = async (draft, name) => {
    await place(draft, name);
    leaving.abort(new Error('gone'));
  };
  const order = { name: 'late', driver: '', options: {}, labels: {} };
  await expect(createVolume(parts, order, leaving.signal)).rejects.toThrow('gone');
  expect(parts.volumes.all()).toEqual([]);
  expect(existsSync(parts.tree.mountpoint('late'))).toBe(false);
});

test('its size is known before anybody looks, also after a restart, by every replica', async () => {
  await using engine = await startVolumesEngine();
  const { mountpoint } = await (await engine.volumes()).create({ name: 'sized' });
  writeFileSync(join(mountpoint, 'file'), 'x'.repeat(100_000));
  await (await engine.further()).clone({ source: 'sized', name: 'copy' });
  const sizeOf = async () => Number((await (await engine.volumes()).inspect({ name: 'copy' })).usage?.size);
  await eventually(async () => expect(await sizeOf()).toBeGreaterThanOrEqual(100_000));
  // Whoever looked again would see another.
  rmSync(join(engine.root.paths.service('volumes'), 'data', 'copy', '_data', 'file'));
  await engine.restart();
  expect(await sizeOf()).toBeGreaterThanOrEqual(100_000);
  await eventually(async () => expect(await sizeOf()).toBeLessThan(100_000));
});

describeIf(['root', 'chattr'], 'what cannot be deleted', () => {
  test('is told, and keeps no worker from starting', async () => {
    await using engine = await startVolumesEngine();
    const { mountpoint } = await (await engine.volumes()).create({ name: 'firm' });
    writeFileSync(join(mountpoint, 'file'), '');
    execFileSync('chattr', ['+i', join(mountpoint, 'file')]);
    const trash = join(engine.root.paths.service('volumes'), 'trash');
    try {
      const removal = (await engine.volumes()).remove({ name: 'firm' });
      await expect(removal).rejects.toThrow(/FAILED_PRECONDITION: volume firm is removed, and what it held cannot be deleted: rm: .*Operation not permitted/);
      await engine.restart();
      expect((await (await engine.volumes()).list({})).volumes).toEqual([]);
      await (await engine.volumes()).create({ name: 'firm' });
    } finally {
      execFileSync('chattr', ['-R', '-i', trash]);
    }
    await engine.restart();
    expect(readdirSync(trash)).toEqual([]);
  });

  test('is told after a restore too, which has happened', async () => {
    await using engine = await startVolumesEngine();
    const { mountpoint } = await (await engine.volumes()).create({ name: 'firm' });
    writeFileSync(join(mountpoint, 'old'), '');
    execFileSync('chattr', ['+i', join(mountpoint, 'old')]);
    const drafts = join(engine.root.paths.service('volumes'), 'new');
    try {
      const pieces = async function* () {
        yield { name: 'firm', replace: true, data: Buffer.alloc(1024), eof: true };
      };
      const restoring = (await engine.further()).restore(pieces());
      await expect(restoring).rejects.toThrow(/FAILED_PRECONDITION: what is left over cannot be deleted: rm: .*Operation not permitted/);
      expect(readdirSync(mountpoint)).toEqual([]);
      await engine.restart();
      expect(readdirSync(drafts)).toHaveLength(1);
    } finally {
      execFileSync('chattr', ['-R', '-i', drafts]);
    }
    await engine.restart();
    expect(readdirSync(drafts)).toEqual([]);
  });
});

test('what is deleted is never what a link that comes meanwhile leads to', async () => {
  await using root = temporaryRoot();
  const tree = new VolumeTree(root.path);
  const [outside, inside] = [join(root.path, 'outside'), join(await tree.begin('draft'), 'inside')];
  const names = Array.from({ length: 5_000 }, (_, index) => `file-${index}`);
  for (const directory of [outside, inside]) {
    mkdirSync(directory);
    for (const name of names) writeFileSync(join(directory, name), '');
  }
  const dropped = tree.drop('draft').catch(() => {});
  // As soon as it is at it, a container that still has the directory swaps it.
  while (existsSync(inside) && readdirSync(inside).length === names.length) await setImmediate();
  if (existsSync(inside)) {
    renameSync(inside, join(root.path, 'moved'));
    symlinkSync(outside, inside);
  }
  await dropped;
  expect(readdirSync(outside)).toHaveLength(names.length);
});

describeIf(['root'], 'volumes with mount options', () => {
  test('a tmpfs is mounted with its size, again after a restart, and gone with the volume', async () => {
    await using engine = await startVolumesEngine();
    const volumes = await engine.volumes();
    const driverOpts = { type: 'tmpfs', device: 'tmpfs', o: 'size=64k' };
    const { mountpoint } = await volumes.create({ name: 'quick', driverOpts });
    expect(() => writeFileSync(join(mountpoint, 'file'), Buffer.alloc(200_000))).toThrow(/ENOSPC/);
    const other = volumes.create({ name: 'quick', driverOpts: { ...driverOpts, o: 'size=128k' } });
    await expect(other).rejects.toMatchObject({ code: grpc.exists });
    await engine.restart();
    expect(isMounted(mountpoint)).toBe(true);
    await (await engine.volumes()).remove({ name: 'quick' });
    expect(isMounted(mountpoint)).toBe(false);
  });

  test('what a server has is asked of the kernel, and nothing stays where that refuses', async () => {
    await using engine = await startVolumesEngine();
    const volumes = await engine.volumes();
    // Nobody serves there; a kernel without NFS says that it knows no such type.
    const asked = volumes.create({ name: 'far', driverOpts: { type: 'nfs', device: ':/export', o: 'addr=127.0.0.1,nfsvers=4,port=1,soft,timeo=1,retrans=0' } });
    await expect(asked).rejects.toMatchObject({ details: expect.stringMatching(/the host refuses the mount: .*(nfs|127\.0\.0\.1:\/export)|127\.0\.0\.1 does not answer/s) as string });
    expect((await volumes.list({})).volumes).toEqual([]);
  });

  test('removing a bind volume leaves the directory on the host alone', async () => {
    await using engine = await startVolumesEngine();
    const volumes = await engine.volumes();
    const device = join(engine.root.path, 'host');
    mkdirSync(device);
    writeFileSync(join(device, 'precious'), 'kept');
    const { mountpoint } = await volumes.create({ name: 'bound', driverOpts: { type: 'none', o: 'bind,ro', device } });
    expect(readFileSync(join(mountpoint, 'precious'), 'utf8')).toBe('kept');
    expect(() => writeFileSync(join(mountpoint, 'new'), '')).toThrow(/EROFS/);
    await volumes.remove({ name: 'bound' });
    expect(readFileSync(join(device, 'precious'), 'utf8')).toBe('kept');
  });
});
