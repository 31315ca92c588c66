import { givenByAnyRoot, givenByRoot } from './file-capability.ts';

/** cap_net_raw=ep: revision and flags, then permitted and inheritable, the low half first. */
const plain = Buffer.from('0100000200200000000000000000000000000000', 'hex').toString('latin1');

describe('capabilities of files', () => {
  it('are given by the root of a user namespace, and again by every one', () => {
    const given = givenByRoot(plain, 100_000);
    expect(Buffer.from(given, 'latin1').toString('hex')).toBe('0100000300200000000000000000000000000000a0860100');
    expect(givenByAnyRoot(given, 100_000)).toBe(plain);
  });

  it('stay as they are where they are those of the host, of another root, or none', () => {
    expect(givenByRoot(plain, 0)).toBe(plain);
    const others = givenByRoot(plain, 7);
    expect(givenByRoot(others, 100_000)).toBe(others);
    expect(givenByAnyRoot(others, 100_000)).toBe(others);
    for (const text of ['', 'nonsense', plain.slice(1)]) expect([givenByRoot(text, 7), givenByAnyRoot(text, 7)]).toEqual([text, text]);
  });
});
