import { resolve } from 'node:path';
import { parseMount, parseVolume } from './mounts.ts';

describe('parseVolume', () => {
  it('tells host paths from volumes', () => {
    expect(parseVolume('/a:/b')).toEqual({ source: '/a', target: '/b', type: 'bind', readonly: false });
    expect(parseVolume('./a:/b:ro')).toEqual({ source: resolve('a'), target: '/b', type: 'bind', readonly: true });
    expect(parseVolume('data:/b:rw')).toEqual({ source: 'data', target: '/b', type: 'volume', readonly: false });
    expect(parseVolume('/b')).toEqual({ source: '', target: '/b', type: 'volume', readonly: false });
  });

  it.each(['data', 'data:relative', ':/b', '/a:/b:z', '/a:/b:ro:more'])('refuses %s', (text) => {
    expect(() => parseVolume(text)).toThrow();
  });
});

describe('parseMount', () => {
  it('reads words', () => {
    expect(parseMount('type=bind,source=/a,target=/b,readonly')).toEqual({
      source: '/a',
      target: '/b',
      type: 'bind',
      readonly: true,
    });
    expect(parseMount('src=data,dst=/b')).toEqual({ source: 'data', target: '/b', type: 'volume', readonly: false });
  });

  it.each(['type=bind,source=/a', 'type=nfs,target=/a', 'target=/a,bind-propagation=shared'])('refuses %s', (text) => {
    expect(() => parseMount(text)).toThrow();
  });
});
