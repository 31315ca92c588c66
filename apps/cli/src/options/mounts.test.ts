import { resolve } from 'node:path';
import { parseMount, parseVolume } from './mounts.ts';

const plain = { propagation: '', noCopy: false, subpath: '', tmpfsBytes: 0n, tmpfsMode: 0, createSource: false, ...{ volumeLabels: {}, volumeOptions: {}, nonRecursive: false } };
const mount = (type: string, source: string, target: string, readonly = false) => ({ type, source, target, readonly });

describe('parseVolume', () => {
  it('tells host paths from volumes', () => {
    const bind = { ...plain, createSource: true };
    expect(parseVolume('/a:/b')).toEqual({ ...bind, mount: mount('bind', '/a', '/b') });
    expect(parseVolume('./a:/b:ro')).toEqual({ ...bind, mount: mount('bind', resolve('a'), '/b', true) });
    expect(parseVolume('data:/b:rw')).toEqual({ ...plain, mount: mount('volume', 'data', '/b') });
    expect(parseVolume('/b')).toEqual({ ...plain, mount: mount('volume', '', '/b') });
  });

  it('reads modes', () => {
    expect(parseVolume('/a:/b:ro,rshared,z')).toMatchObject({ mount: { readonly: true }, propagation: 'rshared' });
    expect(parseVolume('data:/b:nocopy')).toMatchObject({ mount: { readonly: false }, noCopy: true });
  });

  it.each(['data', 'data:relative', ':/b', '/a:/b:x', '/a:/b:nocopy', 'data:/b:shared', '/a:/b:ro:more'])(
    'refuses %s',
    (text) => {
      expect(() => parseVolume(text)).toThrow();
    },
  );
});

describe('parseMount', () => {
  it('reads words', () => {
    expect(parseMount('type=bind,source=/a,target=/b,readonly')).toEqual({
      ...plain,
      mount: mount('bind', '/a', '/b', true),
    });
    expect(parseMount('src=data,dst=/b,ro=false')).toEqual({ ...plain, mount: mount('volume', 'data', '/b') });
    expect(parseMount('"source=a,b",target=/b')).toMatchObject({ mount: { source: 'a,b' } });
  });

  it('reads the options of each type', () => {
    expect(parseMount('type=bind,src=/a,dst=/b,bind-propagation=rslave')).toMatchObject({ propagation: 'rslave' });
    expect(parseMount('src=v,dst=/b,volume-nocopy,volume-subpath=x/y')).toMatchObject({ noCopy: true, subpath: 'x/y' });
    expect(parseMount('type=bind,src=/a,dst=/b,bind-recursive=disabled')).toMatchObject({ nonRecursive: true });
    expect(parseMount('type=bind,src=/a,dst=/b,bind-nonrecursive')).toMatchObject({ nonRecursive: true });
    expect(parseMount('dst=/b,volume-driver=local,volume-label=a=b,volume-label=c,volume-opt=o=size=1m')).toMatchObject({
      volumeLabels: { a: 'b', c: '' },
      volumeOptions: { o: 'size=1m' },
    });
    expect(parseMount('type=tmpfs,dst=/b,tmpfs-size=64m,tmpfs-mode=1777')).toMatchObject({
      mount: mount('tmpfs', '', '/b'),
      tmpfsBytes: 67_108_864n,
      tmpfsMode: 0o1777,
    });
  });

  it.each([
    'type=bind,source=/a',
    'type=bind,target=/a',
    'type=nfs,target=/a',
    'target=/a,bind-propagation=shared',
    'type=bind,source=/a,target=/b,volume-nocopy',
    'type=tmpfs,target=/b,tmpfs-mode=999',
    'target=/a,colour=red',
    'type=tmpfs,target=/a,volume-label=a=b',
    'target=/a,volume-driver=nfs',
    'target=/a,bind-nonrecursive',
    'type=bind,source=/a,target=/b,bind-recursive=readonly',
    'target',
    'target="/a',
  ])('refuses %s', (text) => {
    expect(() => parseMount(text)).toThrow();
  });
});
