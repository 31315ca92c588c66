import { parseMode } from './mode.ts';

describe('--chmod', () => {
  it.each<[string, number, boolean, number]>([
    ['644', 0o4755, false, 0o644],
    ['04755', 0, true, 0o4755],
    ['7', 0o644, false, 0o7],
    ['+x', 0o644, false, 0o755],
    ['a-w', 0o666, false, 0o444],
    ['u=rwx,go=', 0o644, false, 0o700],
    ['u+s,g-s', 0o2755, false, 0o4755],
    ['go=u', 0o740, false, 0o777],
    ['g+u-w', 0o740, false, 0o750],
    ['X', 0o644, false, 0o644],
    ['a+X', 0o644, false, 0o644],
    ['a+X', 0o644, true, 0o755],
    ['a+X', 0o744, false, 0o755],
    ['+t', 0o755, true, 0o1755],
    ['u=rwX', 0o4644, false, 0o644],
    ['o=t', 0o1755, true, 0o1750],
  ])('%s makes of %o (directory: %s) %o', (text, mode, isDirectory, expected) => {
    expect(parseMode(text).apply(mode, isDirectory).toString(8)).toBe(expected.toString(8));
  });

  it('says what directories get that are made for it: octal digits only', () => {
    expect([parseMode('0700').fixed, parseMode('u+x').fixed]).toEqual([0o700, undefined]);
  });
});
