import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { temporaryRoot } from '@arcbox/testing';
import { bindSocket } from './unix-socket.ts';

describe('bindSocket', () => {
  const listen = (path: string) => async (): Promise<void> => {
    server.listen(path);
    await once(server, 'listening');
  };
  let server = createServer();
  beforeEach(() => {
    server = createServer();
  });
  afterEach(() => server.close());

  it('makes a socket for its group alone', async () => {
    await using root = temporaryRoot();
    const path = join(root.path, 'a.sock');
    await bindSocket(path, 12_345, listen(path));
    expect(statSync(path).mode & 0o777).toBe(0o660);
    if (process.getuid?.() === 0) expect(statSync(path).gid).toBe(12_345);
  });

  it('replaces what a crash has left, not what somebody listens on', async () => {
    await using root = temporaryRoot();
    const path = join(root.path, 'a.sock');
    const crash = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(() => execFileSync(process.execPath, ['-e', crash], { stdio: 'pipe' })).toThrow();
    expect(statSync(path).isSocket()).toBe(true);
    await bindSocket(path, undefined, listen(path));
    await expect(bindSocket(path, undefined, async () => {})).rejects.toThrow(`somebody else listens on ${path}`);
    expect(server.listening).toBe(true);
  });

  it('refuses what is no socket, and paths that are too long', async () => {
    await using root = temporaryRoot();
    const file = join(root.path, 'file');
    writeFileSync(file, '');
    await expect(bindSocket(file, undefined, async () => {})).rejects.toThrow(`not a socket: ${file}`);
    const long = join(root.path, 'x'.repeat(120));
    await expect(bindSocket(long, undefined, async () => {})).rejects.toThrow('socket path is longer than 107 bytes');
  });
});
