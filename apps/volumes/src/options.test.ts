import { MountFlag } from '@arcbox/linux';
import { parseOptions } from './options.ts';

test('no options are a plain directory', () => {
  expect(parseOptions({})).toBeUndefined();
});

test('tmpfs with its options and flags', () => {
  expect(parseOptions({ type: 'tmpfs', device: 'tmpfs', o: 'size=1m,uid=5,nosuid' })).toEqual({
    type: 'tmpfs',
    source: 'tmpfs',
    flags: MountFlag.nosuid,
    data: 'size=1m,uid=5',
  });
});

test('a bind of a host directory, read-only too', () => {
  expect(parseOptions({ type: 'none', device: '/srv', o: 'bind,ro' })).toEqual({
    type: 'bind',
    source: '/srv',
    flags: MountFlag.bind | MountFlag.readonly,
    data: '',
  });
});

test.each([
  [{ colour: 'red' }, 'volume option colour is not supported'],
  [{ type: 'nfs', device: ':/x', o: 'addr=10.0.0.1' }, 'volumes of type nfs are not supported: tmpfs is, and none with o=bind'],
  [{ device: '/srv' }, 'volumes of type (empty) are not supported: tmpfs is, and none with o=bind'],
  [{ type: 'none', device: 'srv', o: 'bind' }, 'volume options: device must be an absolute path: srv'],
  [{ type: 'none', device: '/srv', o: 'bind,size=1' }, 'volume options: a bind mount takes no option size=1'],
  [{ type: 'ext4', device: '/srv', o: 'bind' }, 'volume options: o=bind needs type none, not ext4'],
  [{ type: 'none', device: '/srv\0', o: 'bind' }, 'volume options cannot contain a zero byte'],
  [{ type: 'tmpfs', o: 'size=1m\0,mode=777' }, 'volume options cannot contain a zero byte'],
  [{ type: 'tmpfs', o: 'colour=red' }, 'volume options: tmpfs takes no option colour=red'],
])('%j is refused', (options, message) => {
  expect(() => parseOptions(options as Record<string, string>)).toThrow(expect.objectContaining({ kind: 'invalid-argument', message }));
});
