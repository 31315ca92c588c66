import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeIf } from '@arcbox/testing';
import { removeTree } from './remove-tree.ts';

describeIf(['root'], 'removing a tree', () => {
  let place: string;
  const tree = (): string => join(place, 'tree');
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'abx-tree-'));
    mkdirSync(join(tree(), 'a/b'), { recursive: true });
    mkdirSync(join(place, 'host'));
    writeFileSync(join(place, 'host/file'), 'of the host');
  });
  afterEach(() => rmSync(place, { recursive: true }));

  it.each([0, 3, 500])('takes %d files with it, whatever their names, and no link is followed', async (files) => {
    for (let number = 0; number < files; number++) writeFileSync(join(tree(), `a/${number}`), '');
    writeFileSync(Buffer.concat([Buffer.from(`${tree()}/`), Buffer.from([0xff, 0x0a, 0xe4])]), '');
    symlinkSync(join(place, 'host'), join(tree(), 'a/b/link'));
    symlinkSync(join(place, 'nowhere'), join(tree(), 'dangling'));
    await removeTree(tree(), join(place, 'none'));
    expect(existsSync(tree())).toBe(false);
    expect(readFileSync(join(place, 'host/file'), 'utf8')).toBe('of the host');
  });

  it('leaves what is mounted in it, and says so', async () => {
    execFileSync('mount', ['-t', 'tmpfs', 'abx-test', join(tree(), 'a/b')]);
    try {
      writeFileSync(join(tree(), 'a/b/file'), 'of the mount');
      await expect(removeTree(tree())).rejects.toThrow('a/b');
      expect(readFileSync(join(tree(), 'a/b/file'), 'utf8')).toBe('of the mount');
    } finally {
      execFileSync('umount', [join(tree(), 'a/b')]);
    }
  });
});
