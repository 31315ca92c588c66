import { lockedOptions } from './locked-options.ts';

it('the options of the mount on top, of those that are nearest', () => {
  const mounts = [
    '1 0 8:1 / / rw,relatime - ext4 a rw',
    '2 1 0:2 / /proc rw,nosuid,nodev,noexec - proc b rw',
    '3 2 0:3 / /proc/sys ro,noatime shared:1 - tmpfs c rw',
    '4 1 0:4 / /proc/self\\040x rw - tmpfs d rw',
    '5 2 0:5 / /proc rw,nosuid - proc e rw',
    '',
  ].join('\n');
  const of = (path: string): string[] => lockedOptions(path, mounts);
  expect(of('/')).toEqual(['relatime']);
  expect(of('/etc')).toEqual(['relatime']);
  expect(of('/proc/version')).toEqual(['nosuid']);
  expect(of('/proc/sys/kernel')).toEqual(['ro', 'noatime']);
});
