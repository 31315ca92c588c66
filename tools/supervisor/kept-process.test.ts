import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { KeptProcess } from './kept-process.ts';
import { PidFiles } from './pid-files.ts';

describe('KeptProcess', () => {
  const run = mkdtempSync(join(tmpdir(), 'kept-'));
  afterAll(() => rmSync(run, { recursive: true }));

  const pids = new PidFiles(run);
  const keep = (name: string, script: string): { kept: KeptProcess; said: string[]; log: string } => {
    const said: string[] = [];
    const log = join(run, `${name}.log`);
    const spec = { name, program: 'sh', args: ['-c', script], env: { PATH: process.env['PATH'] }, log };
    return { kept: new KeptProcess(spec, pids, (line) => said.push(line)), said, log };
  };
  const pidOf = (name: string): number | undefined => pids.living().find((each) => each.name === name)?.pid;
  const until = async (isTrue: () => boolean): Promise<void> => {
    while (!isTrue()) await sleep(5);
  };

  it('starts a process again when it is killed, and not when it is stopped', async () => {
    const { kept, said, log } = keep('sleeper-0', 'echo up; exec sleep 1000');
    kept.start();
    await until(() => existsSync(log) && readFileSync(log, 'utf8') === 'up\n');
    const first = pidOf('sleeper-0');
    process.kill(first as number, 'SIGKILL');
    await until(() => readFileSync(log, 'utf8') === 'up\nup\n');
    expect(said).toEqual([`sleeper-0 was ended by SIGKILL, starting it again in 100 ms; log: ${log}`]);
    expect(readFileSync(join(run, 'pids/sleeper-0.ended'), 'utf8')).toBe('was ended by SIGKILL');
    await kept.stop(1_000);
    await sleep(150);
    expect(pidOf('sleeper-0')).toBeUndefined();
  });

  it('kills what does not stop', async () => {
    const { kept, said, log } = keep('deaf-0', 'trap "" TERM; echo up; while :; do sleep 0.05; done');
    kept.start();
    await until(() => readFileSync(log, 'utf8') !== '');
    await kept.stop(50);
    expect(said).toEqual(['deaf-0 did not stop in 50 ms and is killed']);
    expect(pidOf('deaf-0')).toBeUndefined();
  });

  it('stops one that waits to be started again', async () => {
    const { kept, said } = keep('dying-0', 'exit 3');
    kept.start();
    await until(() => said.length > 0);
    expect(said[0]).toMatch(/^dying-0 ended with exit code 3, starting it again in 100 ms/);
    await kept.stop(1_000);
    await sleep(150);
    expect(said).toHaveLength(1);
  });
});
