import { itIf } from '@arcbox/testing';
import type { PullProgress } from '@arcbox/proto/arcbox/v1/image';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildCli } from './cli.ts';
import { failure, type FakeGateway, startFakeGateway, Status } from './fake-gateway.ts';

const cli = buildCli();
let gateway: FakeGateway;
let asked: unknown[] = [];

const layer = (id: string, status: string, current = 0n, total = 0n): PullProgress => ({
  id,
  status,
  progress: '',
  current,
  total,
});

beforeAll(async () => {
  gateway = await startFakeGateway({
    images: {
      async *pull(request) {
        asked.push(request);
        if (request.reference === 'secret') throw failure(Status.UNAUTHENTICATED, 'registry refused the credentials');
        yield layer('aaaaaaaaaaaa', 'Pulling fs layer');
        yield layer('bbbbbbbbbbbb', 'Already exists');
        for (const part of [1n, 2n, 3n]) {
          yield layer('aaaaaaaaaaaa', 'Downloading', part * 1_000_000n, 4_000_000n);
          // Long enough for the screen to be drawn.
          await sleep(120);
        }
        yield layer('aaaaaaaaaaaa', 'Download complete');
        yield layer('aaaaaaaaaaaa', 'Extracting', 1n, 2n);
        yield layer('aaaaaaaaaaaa', 'Pull complete');
        yield layer('', 'Digest: sha256:0123');
        yield layer('', 'Status: Downloaded newer image for busybox:latest');
      },
    },
    imageStore: {
      async login() {
        return { status: 'Login Succeeded' };
      },
    },
  });
});

beforeEach(() => void (asked = []));

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  cli[Symbol.dispose]();
});

const at = (...args: string[]) => ['-H', `unix://${gateway.socket}`, ...args];

describe('pull', () => {
  it('prints plain lines where there is no terminal', async () => {
    const { stdout, stderr, code } = await cli.run(at('pull', 'busybox'));
    expect(stdout).toBe(
      [
        'Using default tag: latest',
        'aaaaaaaaaaaa: Pulling fs layer',
        'bbbbbbbbbbbb: Already exists',
        'aaaaaaaaaaaa: Download complete',
        'aaaaaaaaaaaa: Pull complete',
        'Digest: sha256:0123',
        'Status: Downloaded newer image for busybox:latest',
        'docker.io/library/busybox:latest',
        '',
      ].join('\n'),
    );
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  });

  it('prints only the name with -q', async () => {
    const { stdout } = await cli.run(at('pull', '-q', '--platform', 'linux/arm64', 'localhost:5000/a/b:1'));
    expect(stdout).toBe('localhost:5000/a/b:1\n');
    expect(asked).toMatchObject([{ reference: 'localhost:5000/a/b:1', platform: 'linux/arm64', auth: '' }]);
  });

  itIf(['script'], 'draws a bar for each layer on a terminal', async () => {
    const { stdout, code } = await cli.runOnTerminal(at('pull', 'busybox')).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/aaaaaaaaaaaa: Downloading \[=+> +\] [123]MB\/4MB/);
    // The bars change in place, and what closes the pull stands below them.
    expect(stdout).toContain('\x1b[');
    expect(stdout).toContain('bbbbbbbbbbbb: Already exists');
    expect(lastScreen(stdout)).toEqual([
      'aaaaaaaaaaaa: Pull complete',
      'Digest: sha256:0123',
      'Status: Downloaded newer image for busybox:latest',
      'docker.io/library/busybox:latest',
    ]);
  });

  it('says why it failed, in one line', async () => {
    expect(await cli.run(at('pull', '-q', 'secret'))).toMatchObject({
      stdout: '',
      stderr: 'arcbox: registry refused the credentials\n',
      code: 1,
    });
  });

  it('shows the registry the credentials that login has kept', async () => {
    const login = await cli.run(at('login', '-u', 'ci', '--password-stdin', 'localhost:5000'), { input: 's3:cret\n' });
    expect(login).toMatchObject({ stdout: 'Login Succeeded\n', code: 0 });
    await cli.run(at('pull', '-q', 'localhost:5000/app'));
    await cli.run(at('pull', '-q', 'elsewhere:5000/app'));
    expect((await cli.run(at('logout', 'localhost:5000'))).code).toBe(0);
    await cli.run(at('pull', '-q', 'localhost:5000/app'));
    const shown = (asked as { auth: string }[]).map(({ auth }) => Buffer.from(auth, 'base64').toString());
    expect(shown).toEqual(['{"username":"ci","password":"s3:cret","serveraddress":"localhost:5000"}', '', '']);
    expect((await cli.run(at('logout', 'localhost:5000'))).stdout).toBe('Not logged in to localhost:5000\n');
  });
});

/** The last lines that remain, without the sequences that move the cursor. */
function lastScreen(output: string): string[] {
  const lines = output.replaceAll(/\x1b\[[0-9;?]*[A-Za-z]/g, '').split(/\r?\n|\r/);
  return lines
    .map((line) => line.trim())
    .filter(Boolean)
    .slice(-4);
}
