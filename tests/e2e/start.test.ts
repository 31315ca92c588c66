import { describeIf } from '@arcbox/testing';
import { hello, runCommand, startEngine } from './engine.ts';
import { oneEngine } from './one-engine.ts';

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server'], 'npm start', () => {
  const theEngine = oneEngine({ args: ['--scale', 'images=2,containers=2'] });

  it('proves itself with a real container before it says READY', async () => {
    const engine = theEngine();
    expect(engine.banner).toMatch(/hello/i);
    expect(engine.banner).toMatch(/\d+ ms/);
    expect(engine.banner).toMatch(/^READY /m);
  });

  it('stops within five seconds and leaves running containers alone', async () => {
    const engine = theEngine();
    const id = await engine.ok('run', '-d', hello, 'sleep', '600');
    const pid = Number(await engine.ok('inspect', '--format', '{{.State.Pid}}', id));
    expect(await engine.stop()).toBeLessThan(5_000);
    expect(process.kill(pid, 0)).toBe(true);
    await engine.start();
    expect(await engine.ok('ps', '-q', '--no-trunc')).toBe(id);
  });

  it('shows every worker, with its replicas and health', async () => {
    const engine = theEngine();
    const workers = await engine.ok('workers');
    for (const replica of ['gateway-0', 'images-0', 'images-1', 'containers-0', 'containers-1', 'networks-0', 'volumes-0', 'system-0', 'icons-0', 'migration-0']) {
      expect(workers).toMatch(new RegExp(`^.*${replica}\\b.*serving.*$`, 'mi'));
    }
  });

  it('comes up degraded and says why where containers cannot run', async () => {
    await using engine = await startEngine({ env: { PATH: '/nowhere' } });
    expect(engine.banner).toMatch(/^DEGRADED .*runc/m);
    expect(await engine.ok('info')).toContain('Containers: 0');
  });

  it('lists and calls its services by reflection', async () => {
    const engine = theEngine();
    const buf = (...args: string[]) =>
      runCommand('npx', ['buf', 'curl', '--protocol', 'grpc', '--http2-prior-knowledge', '--unix-socket', engine.socket, ...args]);
    const methods = await buf('--list-methods', 'http://localhost');
    expect(methods.stdout.split('\n').filter((name) => name.startsWith('arcbox.v1.'))).toHaveLength(42);
    const ping = await buf('http://localhost/arcbox.v1.SystemService/Ping');
    expect(JSON.parse(ping.stdout)).toMatchObject({ apiVersion: '1.0' });
  });
});
