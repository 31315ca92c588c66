import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Worker_Health as Health } from '@arcbox/proto/arcbox/engine/v1/worker';
import { Finding_Severity as Severity } from '@arcbox/proto/arcbox/engine/v1/system';
import { processIdentity } from '@arcbox/store';
import { temporaryRoot } from '@arcbox/testing';
import { buildCli, type Cli } from './cli.ts';
import { failure, startFakeGateway, Status } from './fake-gateway.ts';

let cli: Cli;
beforeAll(() => void (cli = buildCli()));
afterAll(() => cli[Symbol.dispose]());

const workers = {
  listWorkers: async () => ({
    workers: [
      { name: 'images', replica: 'images-0', pid: 7, health: Health.HEALTH_SERVING },
      { name: 'volumes', replica: 'volumes-0', pid: 8, health: Health.HEALTH_UNREACHABLE },
    ],
  }),
};

test('shows what the engine has found, and fails only for what is wrong', async () => {
  let severity = Severity.SEVERITY_WARNING;
  await using gateway = await startFakeGateway({
    workers,
    furtherSystem: {
      diagnose: async () => ({
        findings: [
          { name: 'memory', area: 'host', severity, message: '1 MiB is\n\u001b[31mleft', advice: 'buy some' },
          { name: 'nat', area: 'kernel', severity: Severity.SEVERITY_UNSPECIFIED, message: 'cannot be seen', advice: '' },
          { name: 'moon', area: 'sky', severity: Severity.SEVERITY_OK, message: 'is full', advice: '' },
        ],
      }),
    },
  });
  const doctor = (...args: string[]) => cli.run(['--host', `unix://${gateway.socket}`, 'doctor', ...args]);
  expect(await doctor()).toMatchObject({
    code: 0,
    stdout: [
      ...['engine', '  ✓ moon  is full', '', 'host', '  ! memory  1 MiB is; \ufffd[31mleft', '            → buy some', ''],
      ...['kernel', '  ? nat  cannot be seen', '', '1 well, 1 to note, 0 wrong, 1 not seen', ''],
    ].join('\n'),
  });
  severity = Severity.SEVERITY_ERROR;
  const failed = await doctor('--format', '{{.Area}} {{.Severity}}');
  expect(failed).toMatchObject({ code: 1, stdout: 'host error\nkernel unknown\nengine ok\n', stderr: '' });
});

test('without the system worker the gateway tells of the others', async () => {
  const diagnose = () => Promise.reject(failure(Status.UNAVAILABLE, 'no system worker is running'));
  await using gateway = await startFakeGateway({ workers, furtherSystem: { diagnose } });
  const { code, stdout } = await cli.run(['--host', `unix://${gateway.socket}`, 'doctor']);
  expect(code).toBe(1);
  expect(stdout).toMatch(/✗ system +the system worker cannot say how the engine is: no system worker is running/);
  expect(stdout).toMatch(/✓ images-0 +process 7 serves\n +✗ volumes-0 +process 8 does not serve/);
  expect(stdout).toMatch(/✓ runc/);
});

describe('a gateway that says nothing', () => {
  const examine = async (running: readonly string[]): Promise<string> => {
    await using root = temporaryRoot();
    mkdirSync(join(root.paths.run, 'pids'), { recursive: true });
    for (const name of running) writeFileSync(join(root.paths.run, name), processIdentity() ?? '');
    await using server = createServer((socket) => socket.on('error', () => {})).listen(root.paths.gatewaySocket);
    // Nothing hangs as well as a process that is stopped; here it is one that hangs up.
    server.on('connection', (socket) => socket.destroy());
    const { code, stdout } = await cli.run(['--host', `unix://${root.paths.gatewaySocket}`, 'doctor', '--format', '{{.Name}}: {{.Message}} → {{.Advice}}']);
    expect(code).toBe(1);
    return (stdout.split('\n')[0] ?? '').replaceAll(root.path, 'ROOT');
  };

  test('is told from an engine that was killed and one without a gateway', async () => {
    expect(await examine(['supervisor.pid', 'pids/gateway-0.pid'])).toMatch(
      /^gateway: the gateway \(process \d+\) runs and does not answer: .* → see ROOT\/log\/gateway-0.log; npm start -- --root ROOT --restart gateway$/,
    );
    expect(await examine(['supervisor.pid'])).toMatch(/^gateway: the engine \(process \d+\) runs without its gateway → /);
    expect(await examine(['pids/gateway-0.pid'])).toMatch(/nothing watches over it: the engine was killed → npm start -- --root ROOT$/);
    expect(await examine([])).toMatch(/^gateway: somebody listens on ROOT\/run\/arcbox\.sock and does not answer as an engine does: .* → see who it is/);
  });
});

test('on another host nothing is claimed of this one', async () => {
  const { code, stdout } = await cli.run(['--host', 'tcp://127.0.0.1:1', 'doctor', '--format', 'json']);
  expect(code).toBe(1);
  expect(stdout.trim().split('\n').map((line) => JSON.parse(line) as object)).toEqual([
    expect.objectContaining({ Area: 'engine', Name: 'gateway', Advice: expect.stringContaining('on the host of the engine') }),
  ]);
});
