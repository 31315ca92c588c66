import { constants, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { makeOwnDirectory, openOwn, readOwn, writeOwn } from './own-file.ts';

describe('a file of ours in a directory where others write', () => {
  const directory = mkdtempSync(join(tmpdir(), 'own-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const path = (name: string): string => join(directory, name);

  it('is written and read', () => {
    writeOwn(path('token'), 'first\n', { mode: 0o640 });
    writeOwn(path('token'), 'second\n', { mode: 0o640 });
    expect(readOwn(path('token'))).toBe('second');
    expect(statSync(path('token')).mode & 0o777).toBe(0o640);
    expect(readOwn(path('nothing'))).toBeUndefined();
  });

  it('is never written or read through a link', () => {
    writeFileSync(path('victim'), 'precious');
    for (const link of ['link', 'link.new']) symlinkSync(path('victim'), path(link));
    expect(readOwn(path('link'))).toBeUndefined();
    expect(() => openOwn(path('link'), constants.O_RDONLY)).toThrow('ELOOP');
    writeOwn(path('link'), 'new', { mode: 0o600 });
    expect(readFileSync(path('victim'), 'utf8')).toBe('precious');
    expect(readOwn(path('link'))).toBe('new');
  });

  it('is not in a directory that a link stands for', () => {
    mkdirSync(path('elsewhere'));
    symlinkSync(path('elsewhere'), path('linked'));
    expect(() => makeOwnDirectory(path('linked'))).toThrow(`not a directory of this user: ${path('linked')}`);
  });
});
