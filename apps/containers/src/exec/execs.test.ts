import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { openStore, processIdentity } from '@arcbox/store';
import { temporaryRoot } from '@arcbox/testing';
import { Containers } from '../record/containers.ts';
import type { Exec } from './exec.ts';
import { Execs } from './execs.ts';

const command: Exec['command'] = { cmd: ['true'], env: [], workingDir: '', user: '', tty: false, stdin: false, stdout: true, stderr: true, privileged: false };

/** Identity of a process that is gone. */
async function ended(): Promise<string> {
  const child = spawn('sleep', ['600']);
  const identity = processIdentity(child.pid) ?? '';
  child.kill('SIGKILL');
  await once(child, 'exit');
  return identity;
}

describe('execs whose process is gone', () => {
  it('are left to the worker that learns the exit code, as long as it lives', async () => {
    await using root = temporaryRoot();
    using store = openStore(join(root.path, 'state.db'));
    const execs = new Execs(store, new Containers(store));
    const exec: Exec = { id: 'a'.repeat(64), container: 'c', command, state: 'created', at: Date.now() };
    execs.insert(exec);
    execs.begin(exec.id);
    execs.runs(exec.id, await ended());
    execs.tidy();
    expect(execs.find(exec.id)).toMatchObject({ state: 'running', run: { worker: processIdentity() } });
    execs.ended(exec.id, 5);
    expect(execs.find(exec.id)).toMatchObject({ state: 'exited', exitCode: 5 });
  });

  it('and whose worker is gone, have ended; those that still run go on', async () => {
    await using root = temporaryRoot();
    using store = openStore(join(root.path, 'state.db'));
    const execs = new Execs(store, new Containers(store));
    const now = { container: 'c', command, state: 'running', at: Date.now() } as const;
    const gone = await ended();
    execs.insert({ ...now, id: 'a'.repeat(64), run: { worker: gone, runtime: gone } });
    execs.insert({ ...now, id: 'b'.repeat(64), run: { worker: gone } });
    execs.insert({ ...now, id: 'd'.repeat(64), run: { worker: gone, runtime: processIdentity() ?? '' } });
    execs.tidy();
    // Those of a container that is gone are forgotten once they have ended.
    for (const letter of ['a', 'b']) expect(() => execs.find(letter)).toThrow('no such exec instance');
    expect(execs.find('d').state).toBe('running');
  });
});
