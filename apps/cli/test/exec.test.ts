import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecRequest } from '@arcbox/proto/arcbox/engine/v1/container';
import { eventually, itIf } from '@arcbox/testing';
import { buildCli } from './cli.ts';
import { failure, type FakeGateway, startFakeGateway, Status } from './fake-gateway.ts';

const cli = buildCli();
let gateway: FakeGateway;
let asked: unknown[] = [];

const output = (data: string, stream = 'stdout') => ({
  message: { $case: 'output' as const, value: { stream, data: Buffer.from(data) } },
});
const ended = (value: number) => ({ message: { $case: 'exitCode' as const, value } });

/** A process that tells what it was given, reads its input to the end, says `late`, and exits with 42. */
async function* answer(requests: AsyncIterable<unknown>) {
  for await (const { message: next } of requests as AsyncIterable<ExecRequest>) {
    if (next?.$case === 'process') {
      asked.push(next.value);
      if (next.value.cmd[0] === 'nonsense') {
        yield ended(127);
        throw failure(Status.FAILED_PRECONDITION, 'exec: "nonsense": not found');
      }
      yield { message: { $case: 'started' as const, value: 'e1' } };
      if (next.value.tty) yield output('$ ');
    } else if (next?.$case === 'resize') asked.push(`${next.value.height}x${next.value.width}`);
    else if (next?.$case === 'stdin') yield output(Buffer.from(next.value).toString());
  }
  await sleep(50);
  yield output('late\n');
  yield output('careful\n', 'stderr');
  yield ended(42);
}

beforeAll(async () => {
  gateway = await startFakeGateway({
    furtherContainers: { exec: answer as never },
    containers: {
      execCreate: async (request) => {
        asked.push(request);
        return { id: 'e2' };
      },
      async *execStart(request) {
        asked.push(request);
      },
    },
  });
});

beforeEach(() => {
  asked = [];
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  cli[Symbol.dispose]();
});

const at = (...args: string[]) => ['-H', `unix://${gateway.socket}`, 'exec', ...args];

describe('exec', () => {
  it('gives streams and exit code of the process, and what comes after the end of the input', async () => {
    const options = ['-i', '-e', 'A=b=c', '-u', '1:2', '-w', '/x', '--privileged'];
    const result = await cli.run(at(...options, 'web', 'cat', '-n'), { input: 'hello\n' });
    expect(result).toMatchObject({ stdout: 'hello\nlate\n', stderr: 'careful\n', code: 42 });
    expect(asked).toMatchObject([
      {
        containerId: 'web',
        cmd: ['cat', '-n'],
        attachStdin: true,
        tty: false,
        env: ['A=b=c'],
        user: '1:2',
        workingDir: '/x',
        privileged: true,
      },
    ]);
  });

  it('sends no input without -i', async () => {
    expect(await cli.run(at('web', 'cat'), { input: 'ignored' })).toMatchObject({ stdout: 'late\n', code: 42 });
    expect(asked).toMatchObject([{ attachStdin: false }]);
  });

  it('exits with 127 for a command that is not there', async () => {
    const result = await cli.run(at('web', 'nonsense'));
    expect(result).toMatchObject({ stdout: '', stderr: 'arcbox: exec: "nonsense": not found\n', code: 127 });
  });

  it('leaves with -d as soon as it has started', async () => {
    expect(await cli.run(at('-d', 'web', 'sleep', '9'))).toMatchObject({ stdout: '', stderr: '', code: 0 });
    expect(asked).toMatchObject([{ cmd: ['sleep', '9'], attachStdout: false }, { id: 'e2', detach: true }]);
  });

  itIf(['script'], 'works on a terminal, and leaves it with the keys to detach', async () => {
    const running = cli.runOnTerminal(at('-it', 'web', 'sh'));
    await eventually(() => expect(running.output()).toContain('$ '));
    running.stdin.write('a\x03b');
    await eventually(() => expect(running.output()).toContain('$ a\x03b'));
    running.stdin.write('\x10\x11');
    expect((await running.ended).code).toBe(0);
    expect(asked).toEqual([expect.objectContaining({ tty: true }), '30x100']);
  });

  it('says so where there is no terminal', async () => {
    const result = await cli.run(at('-it', 'web', 'sh'));
    expect(result).toMatchObject({ stderr: 'arcbox: the input device is not a TTY\n', code: 1 });
    expect(asked).toEqual([]);
  });
});
