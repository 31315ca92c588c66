import { MountFlag } from '@arcbox/linux';
import { parseOptions } from './options.ts';

test('no options are a plain directory', () => {
  expect(parseOptions({})).toBeUndefined();
});

test('tmpfs with its options and flags', () => {
  expect(parseOptions({ type: 'tmpfs', device: 'tmpfs', o: 'size=1m,uid=5,nosuid' })).toEqual({
    type: 'tmpfs',
    flags: MountFlag.nosuid,
    data: 'size=1m,uid=5',
  });
});

test('a bind of a host directory, read-only too', () => {
  expect(parseOptions({ type: 'none', device: '/srv', o: 'bind,ro' })).toEqual({
    type: 'bind',
    source: '/srv',
    words: ['bind', 'ro'],
  });
});

test.each([
  [{ device: ':/export', o: 'addr=10.0.0.1,rw,nfsvers=4' }, { source: '10.0.0.1:/export', server: '10.0.0.1', words: ['rw', 'nfsvers=4'] }],
  [{ device: 'files.lan:/a:b', o: 'ro' }, { source: 'files.lan:/a:b', server: 'files.lan', words: ['ro'] }],
  [{ device: '[fd00::1]:/x' }, { source: '[fd00::1]:/x', server: 'fd00::1', words: [] }],
])('what a server has: %j', (options, mount) => {
  expect(parseOptions({ type: 'nfs', ...options })).toEqual({ type: 'nfs', ...mount });
});

test.each([
  [{ colour: 'red' }, 'volume option colour is not supported'],
  [{ type: 'nfs', device: '/x', o: 'addr=10.0.0.1' }, 'volume options: device must be :/path or host:/path: /x'],
  [{ type: 'nfs4', device: ':/x', o: 'rw' }, 'volume options: o=addr=… must name the server'],
  [{ type: 'cifs', device: '//a/b' }, 'volumes of type cifs are not supported: tmpfs and nfs are, and none with o=bind'],
  [{ device: '/srv' }, 'volumes of type (empty) are not supported: tmpfs and nfs are, and none with o=bind'],
  [{ type: 'none', device: 'srv', o: 'bind' }, 'volume options: device must be an absolute path: srv'],
  [{ type: 'none', device: '/srv', o: 'bind,size=1' }, 'volume options: a bind mount takes no option size=1'],
  [{ type: 'ext4', device: '/srv', o: 'bind' }, 'volume options: o=bind needs type none, not ext4'],
  [{ type: 'none', device: '/srv\0', o: 'bind' }, 'volume options cannot contain a zero byte'],
  [{ type: 'tmpfs', o: 'size=1m\0,mode=777' }, 'volume options cannot contain a zero byte'],
  [{ type: 'tmpfs', o: 'colour=red' }, 'volume options: tmpfs takes no option colour=red'],
])('%j is refused', (options, message) => {
  expect(() => parseOptions(options as Record<string, string>)).toThrow(expect.objectContaining({ kind: 'invalid-argument', message }));
});
