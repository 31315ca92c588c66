import { closeSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openLog } from './log-file.ts';

describe('openLog', () => {
  const directory = mkdtempSync(join(tmpdir(), 'log-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('keeps three old files', () => {
    const path = join(directory, 'images-0.log');
    for (const letter of ['a', 'b', 'c', 'd', 'e']) {
      writeFileSync(path, letter.repeat(11 * 1024 * 1024));
      closeSync(openLog(path));
    }
    expect(readdirSync(directory).sort()).toEqual(['images-0.log', 'images-0.log.1', 'images-0.log.2', 'images-0.log.3']);
    expect(readFileSync(path, 'utf8')).toBe('');
    expect(['.1', '.2', '.3'].map((suffix) => readFileSync(path + suffix, 'utf8')[0])).toEqual(['e', 'd', 'c']);
  });
});
