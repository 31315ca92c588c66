import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PidFiles } from './pid-files.ts';

describe('PidFiles', () => {
  const run = mkdtempSync(join(tmpdir(), 'pids-'));
  afterAll(() => rmSync(run, { recursive: true }));

  it('finds and stops what an earlier supervisor left, and nothing else', async () => {
    const orphan = spawn('sleep', ['1000'], { stdio: 'ignore' });
    const stranger = spawn('sleep', ['1000'], { stdio: 'ignore' });
    const pids = new PidFiles(run);
    pids.write('images-0', orphan.pid as number);
    // The pid of a worker of long ago that somebody else has now.
    writeFileSync(join(run, 'pids/system-0.pid'), `${stranger.pid}.1`);
    expect(pids.living()).toEqual([{ name: 'images-0', pid: orphan.pid }]);

    const ended = once(orphan, 'exit');
    expect(await new PidFiles(run).stopOrphans()).toEqual(['images-0']);
    expect(await ended).toEqual([null, 'SIGTERM']);
    expect(stranger.exitCode).toBeNull();
    expect(pids.living()).toEqual([]);
    stranger.kill('SIGKILL');
  });
});
