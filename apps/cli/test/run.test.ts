import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, itIf } from '@arcbox/testing';
import { buildCli } from './cli.ts';
import { FakeContainers, type Program } from './fake-containers.ts';
import { type FakeGateway, startFakeGateway } from './fake-gateway.ts';

const big = randomBytes(8 * 1024 * 1024);

const programs: Record<string, Program> = {
  hello: async ({ print }) => {
    await print('hello\n');
    await print('careful\n', 'stderr');
    return 42;
  },
  cat: async ({ stdin, print }) => {
    for await (const chunk of stdin) await print(chunk);
    await sleep(100);
    await print('late\n');
    return 0;
  },
  bytes: async ({ print }) => {
    for (let at = 0; at < big.length; at += 65_536) await print(big.subarray(at, at + 65_536));
    return 0;
  },
  patient: async ({ print, signal }) => {
    await print('ready\n');
    const name = await signal();
    await print(`got ${name}\n`);
    return 7;
  },
  stubborn: async ({ print, signal }) => {
    await print('ready\n');
    for (;;) await signal();
  },
  shell: async ({ stdin, print, sizes }) => {
    await print('$ ');
    for await (const chunk of stdin) {
      await print(chunk);
      if (chunk.includes('\r')) break;
    }
    await print(`\r\nsize ${sizes.join(' ')}\r\n`);
    return 5;
  },
};

const cli = buildCli();
let engine: FakeContainers;
let gateway: FakeGateway;

beforeEach(async () => {
  engine = new FakeContainers(programs);
  const { answers } = engine;
  gateway = await startFakeGateway({
    ...answers,
    images: {
      ...answers.images,
      async *pull({ reference }) {
        engine.log.push('pull');
        engine.pulled.add(reference ?? '');
        yield { id: 'a1b2c3d4e5f6', status: 'Pull complete' };
        yield { status: `Status: Downloaded newer image for ${reference}` };
      },
    },
  });
});

afterEach(() => gateway[Symbol.asyncDispose]());
afterAll(() => cli[Symbol.dispose]());

const at = (...args: string[]) => ['-H', `unix://${gateway.socket}`, ...args];

describe('run in the foreground', () => {
  it('gives output and exit code of the container, and attaches before it starts', async () => {
    const ended = await cli.run(at('run', 'hello'));
    expect(ended).toMatchObject({ stdout: 'hello\n', stderr: 'careful\n', code: 42 });
    expect(engine.log.slice(0, 3)).toEqual(['create', 'attach', 'start']);
  });

  it('gives the exit code of a container that removes itself', async () => {
    expect(await cli.run(at('run', '--rm', 'hello'))).toMatchObject({
      stdout: 'hello\n',
      code: 42,
      stderr: 'careful\n',
    });
    expect(engine.requests[0]?.autoRemove).toBe(true);
    expect(engine.left).toBe(0);
  });

  it('closes standard input at its end and shows what comes after', async () => {
    expect(await cli.run(at('run', '-i', 'cat'), { input: 'x' })).toMatchObject({ stdout: 'xlate\n', code: 0 });
  });

  it('carries 8 MiB in and out unchanged', async () => {
    const { bytes, code } = await cli.run(at('run', '-i', 'cat'), { input: big });
    expect(code).toBe(0);
    expect(hash(bytes.subarray(0, big.length))).toBe(hash(big));
    expect(bytes.subarray(big.length).toString()).toBe('late\n');
  });

  it('ends with the container also when standard input stays open', async () => {
    const { stdout, code } = await cli.run(at('run', '-i', 'hello'), { open: true });
    expect({ stdout, code }).toEqual({ stdout: 'hello\n', code: 42 });
  });

  it('sends no input without -i', async () => {
    expect(await cli.run(at('run', 'hello'), { input: 'ignored' })).toMatchObject({ stdout: 'hello\n', code: 42 });
    expect(engine.requests[0]?.container).toMatchObject({ stdinOpen: false, tty: false });
  });

  it('ends quietly when its reader leaves', async () => {
    const line = [process.execPath, cli.bundle, ...at('run', 'bytes')].join(' ');
    const { code } = await bash(`${line} | head -c 10 >/dev/null; exit \${PIPESTATUS[0]}`);
    expect(code).toBe(141);
  });

  it('passes signals on', async () => {
    const running = cli.start(at('run', 'patient'));
    await eventually(() => expect(running.output()).toContain('ready'));
    running.kill('SIGINT');
    expect(await running.ended).toMatchObject({ stdout: 'ready\ngot SIGINT\n', code: 7 });
  });

  it('leaves at the third Ctrl-C', async () => {
    const running = cli.start(at('run', 'stubborn'));
    await eventually(() => expect(running.output()).toContain('ready'));
    for (let count = 1; count <= 3; count++) {
      running.kill('SIGINT');
      // Signals that come together count as one.
      await eventually(() =>
        expect(count === 3 || engine.log.filter((entry) => entry === 'kill SIGINT').length === count).toBe(true),
      );
    }
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).toBe('arcbox: asked 3 times to end: leaving, the container goes on\n');
  });
});

describe('run of what cannot be run', () => {
  it('exits with 127 for a command that is not there, and leaves no container with --rm', async () => {
    const failed = { stdout: '', stderr: 'arcbox: cannot start: exec: "nonsense": not found\n', code: 127 };
    expect(await cli.run(at('run', 'broken', 'nonsense'))).toMatchObject(failed);
    expect(engine.left).toBe(1);
    expect(await cli.run(at('run', '--rm', 'broken', 'nonsense'))).toMatchObject(failed);
    expect(engine.left).toBe(1);
    expect(await cli.run(at('run', '-d', '--rm', 'broken', 'nonsense'))).toMatchObject(failed);
    expect(engine.left).toBe(1);
  });

  it('exits with 125 when it is the engine', async () => {
    const ended = await cli.run(at('run', '--pull', 'never', 'remote/hello'));
    expect(ended).toMatchObject({ stderr: 'arcbox: no such image: remote/hello\n', code: 125 });
  });
});

describe('run', () => {
  it('pulls an image that is missing, with its progress on stderr', async () => {
    const { stdout, stderr, code } = await cli.run(at('run', 'remote/hello'));
    expect({ stdout, code }).toEqual({ stdout: 'hello\n', code: 42 });
    expect(stderr).toBe(
      "Unable to find image 'remote/hello:latest' locally\na1b2c3d4e5f6: Pull complete\n" +
        'Status: Downloaded newer image for remote/hello\ncareful\n',
    );
    expect(engine.log.slice(0, 3)).toEqual(['create', 'pull', 'create']);
  });

  it('prints the id and leaves with -d', async () => {
    const ended = await cli.run(at('run', '-d', 'stubborn'));
    expect(ended).toMatchObject({ stdout: `${'1'.padStart(64, 'e')}\n`, stderr: '', code: 0 });
    expect(engine.log).toEqual(['create', 'start']);
  });

  it('says everything that the options say', async () => {
    const idFile = join(gateway.root.path, 'id');
    const limits = ['-m', '64m', '--cpus', '1.5', '--memory-swap', '-1'];
    const environment = ['-e', 'A=b=c', '-e', 'GIVEN', '-e', 'ABSENT'];
    const places = ['-v', 'data:/data:ro', '-v', '/etc:/host', '--tmpfs', '/tmp', '-w', '/work'];
    const names = ['--name', 'web', '-h', 'host', '-l', 'a=b', '-l', 'c', '-u', '1000:1000', '--network', 'back'];
    const others = [
      '-p',
      '8080:80',
      '-p',
      '127.0.0.1:53:53/udp',
      '--entrypoint',
      '/bin/sh',
      '-di',
      '--cidfile',
      idFile,
    ];
    const args = at('run', ...limits, ...environment, ...places, ...names, ...others, 'hello', 'ls', '-l', '--', '-v');
    expect(await cli.run(args, { env: { GIVEN: 'x' } })).toMatchObject({ stderr: '', code: 0 });
    expect(readFileSync(idFile, 'utf8')).toBe('1'.padStart(64, 'e'));
    expect(engine.requests[0]).toMatchObject({
      autoRemove: false,
      container: {
        name: 'web',
        image: 'hello',
        cmd: ['ls', '-l', '--', '-v'],
        entrypoint: ['/bin/sh'],
        env: { A: 'b=c', GIVEN: 'x' },
        workingDir: '/work',
        user: '1000:1000',
        mounts: [
          { source: 'data', target: '/data', type: 'volume', readonly: true },
        ],
        ports: [
          { containerPort: 80, hostPort: 8080, protocol: 'tcp', hostIp: '' },
          { containerPort: 53, hostPort: 53, protocol: 'udp', hostIp: '127.0.0.1' },
        ],
        limits: { memoryBytes: 67_108_864n, cpus: 1.5, memorySwap: -1n, cpuShares: 0n, cpuQuota: 0n, cpuPeriod: 0n },
        labels: { a: 'b', c: '' },
        hostname: 'host',
        tty: false,
        stdinOpen: true,
        networkMode: 'back',
      },
      options: {
        mounts: [{ mount: { source: '/etc', target: '/host', type: 'bind', readonly: false }, createSource: true }],
        tmpfs: { '/tmp': '' },
      },
    });
  });
});

describe('run -it', () => {
  itIf(['script'], 'works on a terminal: raw keys, its size, the exit code', async () => {
    const running = cli.runOnTerminal(at('run', '-it', 'shell'));
    await eventually(() => expect(running.output()).toContain('$ '));
    running.stdin.write('ls\x03\r');
    const { stdout, code } = await running.ended;
    expect(stdout).toContain('$ ls\x03\r\r\nsize 30x100 30x100\r\n');
    expect(code).toBe(5);
  });

  itIf(['script'], 'leaves the container in the background at ctrl-p ctrl-q', async () => {
    const running = cli.runOnTerminal(at('run', '-it', 'shell'));
    await eventually(() => expect(running.output()).toContain('$ '));
    running.stdin.write('a\x10\x11');
    expect((await running.ended).code).toBe(0);
    expect(engine.log).toEqual(['create', 'attach', 'start']);
    expect(engine.left).toBe(1);
  });

  it('says so where there is none', async () => {
    const ended = await cli.run(at('run', '-it', 'shell'));
    expect(ended).toMatchObject({ stderr: 'arcbox: the input device is not a TTY\n', code: 1 });
    expect(engine.log).toEqual([]);
  });
});

const hash = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

async function bash(script: string): Promise<{ code: number | null }> {
  const { spawn } = await import('node:child_process');
  const child = spawn('bash', ['-c', script], { stdio: 'ignore' });
  return { code: await new Promise((resolve) => child.once('exit', resolve)) };
}
