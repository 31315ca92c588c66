import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readInRoot, readStart } from './in-root.ts';

describe('a file in a root', () => {
  const outer = mkdtempSync(join(tmpdir(), 'abx-root-'));
  const root = join(outer, 'root');
  beforeAll(() => {
    mkdirSync(join(root, 'etc'), { recursive: true });
    mkdirSync(join(root, 'real'));
    writeFileSync(join(outer, 'secret'), 'outside');
    writeFileSync(join(root, 'real/passwd'), 'inside');
    writeFileSync(join(root, 'secret'), 'root of the container');
    symlinkSync('/real/passwd', join(root, 'etc/absolute'));
    symlinkSync('../../../../secret', join(root, 'etc/climbing'));
    symlinkSync('loop', join(root, 'etc/loop'));
  });
  afterAll(() => rmSync(outer, { recursive: true }));

  it('is read through links that stay in it, as from inside', () => {
    expect(readInRoot(root, 'real/passwd')).toBe('inside');
    expect(readInRoot(root, 'etc/absolute')).toBe('inside');
  });

  it('is never outside of it', () => {
    expect(readInRoot(root, 'etc/climbing')).toBe('root of the container');
    expect(readInRoot(root, '../secret')).toBe('root of the container');
  });

  it('is not opened when it is a device or a fifo: that may block, or do something', () => {
    execFileSync('mkfifo', [join(root, 'etc/fifo')]);
    expect(readInRoot(root, 'etc/fifo')).toBeUndefined();
    if (process.getuid?.() !== 0) return;
    // Nobody drives it: opening it fails.
    execFileSync('mknod', [join(root, 'etc/device'), 'c', '240', '77']);
    expect(readInRoot(root, 'etc/device')).toBeUndefined();
  });

  it('is not read when it is absurdly large', () => {
    writeFileSync(join(root, 'etc/large'), '');
    truncateSync(join(root, 'etc/large'), 2 ** 34);
    expect(readInRoot(root, 'etc/large')).toBeUndefined();
  });

  it('is read as far as it went when it was looked at, whatever its container writes meanwhile', () => {
    const file = join(root, 'etc/growing');
    writeFileSync(file, 'hosts and more');
    expect(readStart(file, 5)).toBe('hosts');
    expect(readStart(file, 100)).toBe('hosts and more');
  });

  it('may be missing, a directory or a loop', () => {
    for (const path of ['none', 'etc', 'etc/loop', 'real/passwd/deeper']) expect(readInRoot(root, path)).toBeUndefined();
  });
});
