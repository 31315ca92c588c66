import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeIf } from '@arcbox/testing';
import { systemCall } from './system-call.ts';
import { lgetxattr, llistxattr } from './xattr.ts';

const lsetxattr = systemCall(
  'lsetxattr',
  'int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)',
);

function temporary(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'xattr-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

describeIf(['root'], 'extended attributes', () => {
  it('lists names in order and reads values, bytes and all', () => {
    using directory = temporary();
    const path = join(directory.path, 'f');
    writeFileSync(path, '');
    expect(llistxattr(path)).toEqual([]);
    const value = Buffer.from([0, 255, 10, 61]);
    lsetxattr(path, 'trusted.b', value, value.length, 0);
    lsetxattr(path, 'trusted.a', Buffer.alloc(1), 0, 0);
    expect(llistxattr(path)).toEqual(['trusted.a', 'trusted.b']);
    expect(lgetxattr(path, 'trusted.b')).toEqual(value);
    expect(lgetxattr(path, 'trusted.a')).toEqual(Buffer.alloc(0));
    expect(lgetxattr(path, 'trusted.c')).toBeUndefined();
  });

  it('takes names that are not UTF-8, and a link for itself', () => {
    using directory = temporary();
    const path = Buffer.concat([Buffer.from(`${directory.path}/`), Buffer.from([0xff, 0x0a])]);
    writeFileSync(path, '');
    const link = join(directory.path, 'link');
    symlinkSync(path, link);
    lsetxattr(link, 'trusted.of-link', Buffer.from('x'), 1, 0);
    expect(llistxattr(path)).toEqual([]);
    expect(llistxattr(link)).toEqual(['trusted.of-link']);
    expect(() => llistxattr(join(directory.path, 'absent'))).toThrow('ENOENT');
  });
});
