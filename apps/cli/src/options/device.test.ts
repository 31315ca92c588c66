import { collectDeviceRule, parseDevice } from './device.ts';
import { collectUlimit, parseUlimit } from './ulimit.ts';

describe('parseDevice', () => {
  it.each([
    ['/dev/fuse', '/dev/fuse', '', ''],
    ['/dev/fuse:rw', '/dev/fuse', '', 'rw'],
    ['/dev/sda:/dev/xvda', '/dev/sda', '/dev/xvda', ''],
    ['/dev/sda:/dev/xvda:r', '/dev/sda', '/dev/xvda', 'r'],
  ])('reads %s', (text, hostPath, containerPath, permissions) => {
    expect(parseDevice(text)).toEqual({ hostPath, containerPath, permissions });
  });

  it.each(['', 'fuse', '/dev/a:b', '/dev/a:/dev/b:x', '/dev/a:/dev/b:r:w'])('refuses %s', (text) => {
    expect(() => parseDevice(text)).toThrow();
  });
});

describe('collectDeviceRule', () => {
  it('takes rules of the devices cgroup only', () => {
    expect(collectDeviceRule('c 42:* rmw', ['a *:* r'])).toEqual(['a *:* r', 'c 42:* rmw']);
    for (const rule of ['c 42 rwm', 'x 1:2 r', 'c 1:2']) expect(() => collectDeviceRule(rule)).toThrow();
  });
});

describe('parseUlimit', () => {
  it('takes one limit for both', () => {
    expect(parseUlimit('nofile=1024')).toEqual({ name: 'nofile', soft: 1024n, hard: 1024n });
    expect(parseUlimit('nofile=1024:2048')).toEqual({ name: 'nofile', soft: 1024n, hard: 2048n });
    expect(parseUlimit('core=0:-1')).toEqual({ name: 'core', soft: 0n, hard: -1n });
  });

  it('keeps the last of a name', () => {
    expect(collectUlimit('core=1', [parseUlimit('core=2'), parseUlimit('nproc=3')])).toEqual([
      { name: 'nproc', soft: 3n, hard: 3n },
      { name: 'core', soft: 1n, hard: 1n },
    ]);
  });

  it.each(['nofile', 'files=1', 'nofile=2:1', 'nofile=-1:5', 'nofile=x'])('refuses %s', (text) => {
    expect(() => parseUlimit(text)).toThrow();
  });
});
