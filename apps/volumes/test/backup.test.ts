import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { setxattr } from '@arcbox/linux';
import { describeIf, eventually } from '@arcbox/testing';
import { diskUse, plant, survey } from './archive.ts';
import { startVolumesEngine, type VolumesEngine } from './volumes-engine.ts';

describeIf(['root', 'setfacl', 'bsdtar'], 'backup and restore', () => {
  let engine: VolumesEngine;
  beforeAll(async () => void (engine = await startVolumesEngine()));
  afterAll(() => engine[Symbol.asyncDispose]());
  const make = async (name: string, script = plant): Promise<string> => {
    const { mountpoint } = await (await engine.volumes()).create({ name });
    execFileSync('sh', ['-euc', script], { cwd: mountpoint });
    if (script === plant) setxattr(join(mountpoint, 'd/f'), 'trusted.colour', Buffer.from('red'));
    return mountpoint;
  };
  const backup = async (name: string): Promise<Buffer> =>
    Buffer.concat(await Array.fromAsync((await engine.further()).backup({ name }), ({ data }) => data));
  const restore = async (name: string, data: Buffer, { replace = false, eof = true } = {}): Promise<void> => {
    const pieces = async function* () {
      yield { name, replace, data: data.subarray(0, 100) };
      for (let at = 100; at < data.length; at += 2 ** 20) yield { data: data.subarray(at, at + 2 ** 20) };
      if (eof) yield { eof };
    };
    await (await engine.further()).restore(pieces());
  };
  const placeOf = async (name: string): Promise<string> => (await (await engine.volumes()).inspect({ name })).mountpoint;
  const left = (): string[] => ['new', 'trash', 'lost'].flatMap((part) => readdirSync(join(engine.root.paths.service('volumes'), part)));

  it('give back what was there: owners, modes, times, links, attributes, devices, holes', async () => {
    const seen = survey(await make('full'));
    const archive = await backup('full');
    await restore('again', archive);
    await restore('packed', gzipSync(archive));
    for (const name of ['again', 'packed']) {
      const place = await placeOf(name);
      expect(survey(place)).toEqual(seen);
      expect(diskUse(join(place, 'd/sparse'))).toBeLessThan(1_000_000);
    }
    expect(seen.at(-1)).toBe('red');
    expect(left()).toEqual([]);
    await eventually(async () => expect(Number((await (await engine.volumes()).inspect({ name: 'again' })).usage?.size)).toBeGreaterThan(0));
  });

  it('send of a sparse file what it has, however large it says it is', async () => {
    const size = 1024 ** 4;
    const place = await make('sparse', `dd if=/dev/urandom of=data bs=64k count=16 2>/dev/null; truncate -s ${size} disk; dd if=data of=disk bs=64k seek=4096 conv=notrunc 2>/dev/null; rm data`);
    const archive = await backup('sparse');
    expect(archive.length).toBeLessThan(1.1 * 1024 ** 2);
    await restore('sparse-again', archive);
    const disk = join(await placeOf('sparse-again'), 'disk');
    expect([statSync(disk).size, diskUse(disk) < 1.5 * 1024 ** 2]).toEqual([size, true]);
    const head = (path: string): string => execFileSync('sh', ['-c', 'dd if="$0" bs=64k skip=4095 count=18 2>/dev/null | sha256sum', path], { encoding: 'utf8' });
    expect(head(disk)).toBe(head(join(place, 'disk')));
  });

  it('keep access control lists, as those of tar do', async () => {
    const script = `mkdir -p d/sub; echo x > d/f; echo y > d/plain; mkfifo d/fifo; setfacl -m u:1234:rw,g:55:r d/f; setfacl -m u:77:r d/fifo
      setfacl -d -m u:1234:rwx,g:66:r d; setfacl -m g:99:rx d .; touch -d @1000000000 d/f d`;
    const place = await make('lists', script);
    const look = (directory: string): string => execFileSync('sh', ['-euc', `getfacl -n -R -p . | sort; find . -printf '%p %m %Ts\n' | sort`], { cwd: directory, encoding: 'utf8' });
    const seen = look(place);
    expect(seen).toMatch(/^default:user:1234:rwx$/m);
    const archive = await backup('lists');
    const restored = async (name: string, data: Buffer): Promise<string> => {
      await restore(name, data);
      return look(await placeOf(name));
    };
    expect(await restored('lists-again', archive)).toBe(seen);
    await (await engine.further()).clone({ source: 'lists', name: 'lists-cloned' });
    expect(look(await placeOf('lists-cloned'))).toBe(seen);
    for (const options of [['--acls'], ['--xattrs', '--xattrs-include=*'], ['--acls', '--xattrs', '--xattrs-include=*']]) {
      const copy = mkdtempSync(join(tmpdir(), 'abx-lists-'));
      execFileSync('tar', ['-x', '-p', '--same-owner', ...options, '-C', copy], { input: archive });
      expect(look(copy)).toBe(seen);
      rmSync(copy, { recursive: true });
      const theirs = execFileSync('tar', ['-c', '--format=posix', '--numeric-owner', ...options, '-C', place, '.']);
      expect(await restored(`lists-of-tar-${options.length}`, theirs)).toBe(seen);
    }
    expect(await restored('lists-of-bsdtar', execFileSync('bsdtar', ['-c', '--format=pax', '--acls', '-C', place, '.']))).toBe(seen);
  });

  it('take access control lists by names that this host knows, and no broken ones', async () => {
    const place = await make('named', 'echo x > f; setfacl -m u:daemon:rw,g:games:r f');
    const archive = execFileSync('tar', ['-c', '--format=posix', '--acls', '-C', place, '.']);
    expect(archive.includes('user:daemon:rw-')).toBe(true);
    await restore('named-again', archive);
    expect(execFileSync('getfacl', ['-n', '-c', 'f'], { cwd: await placeOf('named-again'), encoding: 'utf8' })).toContain('user:1:rw-');
    const spoilt = (from: string, to: string): Buffer => Buffer.from(archive.toString('latin1').replace(from, to), 'latin1');
    await expect(restore('stranger', spoilt('user:daemon:', 'user:demona:'))).rejects.toThrow('INVALID_ARGUMENT: the archive gives rights to the user demona, whom this host does not know');
    await expect(restore('broken', spoilt('user:daemon:', 'else:daemon:'))).rejects.toThrow('INVALID_ARGUMENT: the archive holds a broken access control list: else:daemon:rw-');
  });

  it('replace what a volume holds only when they are told to, and while nobody uses it', async () => {
    const place = await make('busy', 'echo old > old');
    const archive = await make('source', 'echo new > new').then(() => backup('source'));
    await expect(restore('busy', archive)).rejects.toThrow('FAILED_PRECONDITION: volume busy is not empty');
    engine.users.set('busy', ['runner', 'web']);
    await expect(restore('busy', archive, { replace: true })).rejects.toThrow('FAILED_PRECONDITION: volume busy is in use by runner: stop that first');
    engine.users.set('busy', ['web']);
    await restore('busy', archive, { replace: true });
    engine.users.delete('busy');
    expect(readdirSync(place)).toEqual(['new']);
    expect(left()).toEqual([]);
  });

  it('change nothing when the stream is cut, broken or hostile', async () => {
    const place = await make('kept', 'echo old > old');
    const archive = await make('large', 'head -c 3000000 /dev/urandom > f').then(() => backup('large'));
    await expect(restore('kept', archive, { replace: true, eof: false })).rejects.toThrow('INVALID_ARGUMENT: the archive was not sent to its end');
    await expect(restore('kept', archive.subarray(0, 2_000_000), { replace: true })).rejects.toThrow('DATA_LOSS');
    await expect(restore('unborn', archive, { eof: false })).rejects.toThrow('INVALID_ARGUMENT');
    await expect(restore('kept', Buffer.alloc(0), { replace: true })).rejects.toThrow('INVALID_ARGUMENT: the archive is empty');
    const climbing = execFileSync('tar', ['-c', '-P', '--transform', 's,^old,../../climbed,', '-C', place, 'old']);
    await expect(restore('kept', climbing, { replace: true })).rejects.toThrow('INVALID_ARGUMENT');
    expect(readdirSync(place)).toEqual(['old']);
    await expect((await engine.volumes()).inspect({ name: 'unborn' })).rejects.toThrow('NOT_FOUND');
    expect(existsSync(join(engine.root.paths.service('volumes'), 'climbed'))).toBe(false);
    await eventually(() => expect(left()).toEqual([]));
  });

  it('leave a live restore alone when another replica starts, and sweep a dead one', async () => {
    const archive = await make('slow', 'head -c 3000000 /dev/urandom > f').then(() => backup('slow'));
    const began = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const pieces = async function* () {
      yield { name: 'slowly', data: archive.subarray(0, 2_000_000) };
      began.resolve();
      await go.promise;
      yield { data: archive.subarray(2_000_000), eof: true };
    };
    const restoring = (await engine.further()).restore(pieces());
    await began.promise;
    const drafts = join(engine.root.paths.service('volumes'), 'new');
    await eventually(() => expect(readdirSync(drafts)).toHaveLength(1));
    execFileSync('mkdir', ['-p', join(drafts, 'of-a-dead-worker/_data')]);
    await engine.startSecond();
    await eventually(() => expect(readdirSync(drafts)).toHaveLength(1));
    go.resolve();
    await restoring;
    expect(statSync(join(await placeOf('slowly'), 'f')).size).toBe(3_000_000);
  });

  it('say what is not there, and what cannot be', async () => {
    await expect(backup('absent')).rejects.toThrow('NOT_FOUND: no such volume: absent');
    await expect(restore('../x', Buffer.alloc(1024))).rejects.toThrow('INVALID_ARGUMENT');
    const driverOpts = { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' };
    const { mountpoint } = await (await engine.volumes()).create({ name: 'quick', driverOpts });
    writeFileSync(join(mountpoint, 'f'), 'in memory');
    const archive = await backup('quick');
    await expect(restore('quick', archive, { replace: true })).rejects.toThrow('FAILED_PRECONDITION: volume quick is a mount of its own');
    await restore('durable', archive);
    expect(readFileSync(join(await placeOf('durable'), 'f'), 'utf8')).toBe('in memory');
  });
});
