import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeIf } from '@arcbox/testing';
import { isMountRoot } from './is-mount-root.ts';
import { mount, MountFlag, unmount } from './mount.ts';

describeIf(['root'], 'a place', () => {
  it('is told from one where something is mounted, a directory or a file of the same file system too', () => {
    const directory = mkdtempSync(join(tmpdir(), 'mount-root-'));
    const at = (name: string): string => join(directory, name);
    using stack = new DisposableStack();
    stack.defer(() => rmSync(directory, { recursive: true }));
    for (const name of ['plain', 'memory', 'bound']) mkdirSync(at(name));
    for (const name of ['file', 'bound-file']) writeFileSync(at(name), '');
    symlinkSync('memory', at('link'));
    const names = ['plain', 'memory', 'bound', 'bound-file', 'link', 'missing', 'file/below'];
    const mounted = (): string[] => names.filter((name) => isMountRoot(at(name)));
    expect(mounted()).toEqual([]);
    mount({ type: 'tmpfs', source: 'memory', target: at('memory') });
    stack.defer(() => unmount(at('memory')));
    for (const [source, target] of [['plain', 'bound'], ['file', 'bound-file']] as const) {
      mount({ type: 'none', source: at(source), target: at(target), flags: MountFlag.bind });
      stack.defer(() => unmount(at(target)));
    }
    expect(mounted()).toEqual(['memory', 'bound', 'bound-file']);
  });
});
