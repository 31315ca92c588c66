import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemUser } from '@arcbox/config';
import { describeIf } from '@arcbox/testing';
import { hello, runCommand } from './engine.ts';
import { oneEngine } from './one-engine.ts';

const unprivileged = ['nats-0', 'gateway-0', 'system-0', 'icons-0', 'migration-0'];
const asAccount = ['--reuid=arcbox', '--regid=arcbox', '--clear-groups', '--'];
const asNobody = ['--reuid=nobody', '--regid=nogroup', '--clear-groups', '--'];

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server', 'setpriv', 'socat'], 'least privilege', () => {
  const theEngine = oneEngine();

  it('gives each process what it needs and no more', async () => {
    const engine = theEngine();
    const account = systemUser('arcbox');
    const run = join(engine.root, 'run');
    const status = (name: string) => readFileSync(`/proc/${engine.pid(name)}/status`, 'utf8');
    for (const name of unprivileged) {
      expect(status(name)).toMatch(new RegExp(`^Uid:(\\s+${account?.uid}){4}$`, 'm'));
      expect(status(name)).toMatch(/^CapPrm:\s+0+$/m);
      expect(status(name)).toMatch(/^Groups:\s*$/m);
      expect(status(name)).toMatch(/^NoNewPrivs:\s+1$/m);
    }
    // Containers inherit it, and decide about it themselves.
    expect(status('containers-0')).toMatch(/^NoNewPrivs:\s+0$/m);

    const may = async (who: string[], ...command: string[]) => (await runCommand('setpriv', [...who, ...command])).code === 0;
    for (const service of ['images', 'containers', 'networks', 'volumes']) {
      expect(await may(asAccount, 'ls', join(engine.root, service))).toBe(false);
      const socket = join(run, 'workers', `${service}-0.sock`);
      expect(statSync(socket)).toMatchObject({ uid: 0, gid: account?.gid, mode: 0o140660 });
      expect(await may(asAccount, 'mv', socket, `${socket}.gone`)).toBe(false);
      expect(await may(asAccount, 'rm', '-f', socket)).toBe(false);
    }
    for (const file of ['nats.conf', 'nats.token', 'supervisor.pid']) expect(await may(asAccount, 'rm', '-f', join(run, file))).toBe(false);

    const knock = ['socat', '-u', '/dev/null', `UNIX-CONNECT:${engine.socket}`];
    expect(await may(asAccount, ...knock)).toBe(true);
    expect(await may(asNobody, ...knock)).toBe(false);
    expect(await may(asNobody, 'cat', join(run, 'nats.token'))).toBe(false);
    expect(await may(asNobody, 'ls', join(run, 'workers'))).toBe(false);
  });

  it('shows the token of the bus in no argument, no log, no container', async () => {
    const engine = theEngine();
    const token = readFileSync(join(engine.root, 'run/nats.token'), 'utf8').trim();
    expect(await engine.ok('run', '--rm', hello, 'env')).not.toContain(token);
    const logs = join(engine.root, 'log');
    for (const name of readdirSync(logs)) expect(readFileSync(join(logs, name), 'utf8')).not.toContain(token);
    for (const name of [...unprivileged, 'containers-0']) {
      expect(readFileSync(`/proc/${engine.pid(name)}/cmdline`, 'utf8')).not.toContain(token);
    }
  });
});
