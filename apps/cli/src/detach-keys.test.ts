import { DetachKeys, parseDetachKeys } from './detach-keys.ts';

const bytes = (text: string) => Buffer.from(text);

describe('DetachKeys', () => {
  const usual = parseDetachKeys('ctrl-p,ctrl-q');

  it('passes on everything else', () => {
    expect(new DetachKeys(usual).take(bytes('ls\r'))).toEqual({ data: bytes('ls\r'), detach: false });
  });

  it('finds the keys in one chunk and across two', () => {
    expect(new DetachKeys(usual).take(bytes('a\x10\x11b'))).toEqual({ data: bytes('a'), detach: true });
    const keys = new DetachKeys(usual);
    expect(keys.take(bytes('a\x10'))).toEqual({ data: bytes('a'), detach: false });
    expect(keys.take(bytes('\x11'))).toEqual({ data: bytes(''), detach: true });
  });

  it('gives back what was held when it was not meant', () => {
    const keys = new DetachKeys(usual);
    keys.take(bytes('\x10'));
    expect(keys.take(bytes('x'))).toEqual({ data: bytes('\x10x'), detach: false });
    expect(keys.take(bytes('\x10\x10\x11'))).toEqual({ data: bytes('\x10'), detach: true });
  });

  it('reads other keys', () => {
    expect(parseDetachKeys('ctrl-a,d,ctrl-\\')).toEqual([1, 100, 28]);
    expect(() => parseDetachKeys('alt-x')).toThrow('cannot read detach key alt-x');
  });
});
