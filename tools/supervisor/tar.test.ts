import { execFileSync } from 'node:child_process';

import { writeTar } from './tar.ts';

describe('writeTar', () => {
  const archive = writeTar([
    { type: 'directory', path: 'bin/' },
    { type: 'file', path: 'bin/true', content: Buffer.from('x'.repeat(700)), mode: 0o755 },
    { type: 'symlink', path: 'bin/sh', target: 'true' },
  ]);

  it('is read by tar', () => {
    const listing = execFileSync('tar', ['-tv', '--numeric-owner'], { input: archive, encoding: 'utf8', env: { TZ: 'UTC' } });
    expect(listing.trim().split('\n')).toEqual([
      expect.stringMatching(/^drwxr-xr-x 0\/0 +0 1970-01-01 00:00 bin\/$/),
      expect.stringMatching(/^-rwxr-xr-x 0\/0 +700 1970-01-01 00:00 bin\/true$/),
      expect.stringMatching(/^lrwxrwxrwx 0\/0 +0 1970-01-01 00:00 bin\/sh -> true$/),
    ]);
    expect(execFileSync('tar', ['-xO', 'bin/true'], { input: archive })).toHaveLength(700);
  });

  it('refuses a path that does not fit', () => {
    expect(() => writeTar([{ type: 'directory', path: 'd'.repeat(101) }])).toThrow('does not fit into a tar header: ddd');
  });
});
