import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '@arcbox/testing';

const itWhere = existsSync('/dev/full') ? it : it.skip;

describe('a log', () => {
  itWhere('that cannot be written ends nobody', () => {
    const directory = mkdtempSync(join(tmpdir(), 'log-'));
    const full = openSync('/dev/full', 'w');
    try {
      const program = bundle(join(import.meta.dirname, 'full-disk.program.ts'), directory);
      expect(spawnSync(process.execPath, [program], { stdio: ['ignore', full, 'ignore'] }).status).toBe(5);
    } finally {
      closeSync(full);
      rmSync(directory, { recursive: true });
    }
  });
});
