import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describeIf, temporaryRoot } from '@arcbox/testing';
import { readPeerCredentials } from './peer-credentials.ts';

const descriptorOf = (socket: Socket): number => (socket as unknown as { _handle: { fd: number } })._handle.fd;

describeIf(['root'], 'the credentials of a peer', () => {
  it('are those of the process that has connected', async () => {
    await using root = temporaryRoot();
    const path = join(root.path, 'a.sock');
    const server = createServer().listen(path);
    await once(server, 'listening');
    const script = `process.setgid(5); process.setuid(65534); require('net').connect(${JSON.stringify(path)}).resume()`;
    chmodSync(path, 0o666);
    chmodSync(root.path, 0o755);
    const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    const [socket] = (await once(server, 'connection')) as [Socket];
    expect(readPeerCredentials(descriptorOf(socket))).toEqual({ pid: child.pid, uid: 65534, gid: 5 });
    socket.destroy();
    server.close();
    await once(child, 'exit');
  });

  it('are none where there is no socket', () => {
    expect(() => readPeerCredentials(1_000_000)).toThrow('EBADF');
  });
});
