import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, itIf, temporaryRoot } from '@arcbox/testing';
import { BuildContextFileType as FileType, type BuildOptions, BuildStepState as State } from '@arcbox/proto/arcbox/engine/v1/build';
import { buildCli } from './cli.ts';
import { failure, type FakeGateway, startFakeGateway, Status } from './fake-gateway.ts';

const cli = buildCli();
const root = temporaryRoot();
const image = `sha256:${'ab'.repeat(32)}`;
let gateway: FakeGateway;
let asked: BuildOptions | undefined;
let files: string[] = [];
let contents = Buffer.alloc(0);
let cancelled = false;

const step = (id: number, name: string, state: State, error = '') =>
  ({ event: { $case: 'step', value: { id, name, state, error } } }) as const;
const output = (id: number, text: string) =>
  ({ event: { $case: 'output', value: { step: id, stream: 'stdout', data: Buffer.from(text) } } }) as const;

beforeAll(async () => {
  gateway = await startFakeGateway({
    builds: {
      async *build(requests, { signal }) {
        const pieces: Buffer[] = [];
        let [last, isListed] = [false, false];
        files = [];
        for await (const { options, listing, data, eof } of requests) {
          asked ??= options;
          expect(data.length).toBeLessThanOrEqual(1024 * 1024);
          if (listing) {
            isListed = true;
            // All that is not empty is wanted.
            const wanted = listing.files.flatMap(({ size }, index) => (size > 0n ? [files.length + index] : []));
            files.push(...listing.files.map(({ name, type }) => `${name}${type === FileType.BUILD_CONTEXT_FILE_TYPE_DIRECTORY ? '/' : ''}`));
            yield { event: { $case: 'wanted', value: { files: wanted, complete: listing.complete } } };
          }
          pieces.push(data);
          last = eof;
          if (eof) break;
        }
        if (!last) throw failure(Status.INVALID_ARGUMENT, 'the context was not sent to its end');
        contents = Buffer.concat(pieces);
        if (!isListed) files = execFileSync('tar', ['t'], { input: contents }).toString().split('\n').filter(Boolean);
        yield step(1, '[1/2] FROM busybox', State.BUILD_STEP_STATE_CACHED);
        yield step(2, '[2/2] RUN make', State.BUILD_STEP_STATE_STARTED);
        yield output(2, 'hello \u001b[32mworld\u001b[0m\u001b[2J\n');
        if (asked?.target === 'slow') {
          signal.addEventListener('abort', () => (cancelled = true));
          for (;;) await sleep(20, undefined, { signal });
        }
        // Long enough for the screen to be drawn.
        await sleep(300);
        if (asked?.target === 'broken') {
          yield step(2, '', State.BUILD_STEP_STATE_FAILED, 'exit code: 2');
          throw failure(Status.FAILED_PRECONDITION, 'build failed on line 2: RUN make: exit code: 2');
        }
        yield step(2, '', State.BUILD_STEP_STATE_DONE);
        yield { event: { $case: 'warning', value: 'odd base image' } };
        yield { event: { $case: 'result', value: { id: image, names: asked?.tags ?? [] } } };
      },
      async pruneCache({ all }) {
        return { deleted: all ? ['a', 'b'] : [], spaceReclaimed: all ? 1_500_000n : 0n };
      },
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  cli[Symbol.dispose]();
  await root[Symbol.asyncDispose]();
});

const forget = (): void => {
  [asked, files, cancelled] = [undefined, [], false];
};
beforeEach(forget);

const auths = (): string[] => Object.keys(asked?.auths ?? {});

const at = (...args: string[]) => ['-H', `unix://${gateway.socket}`, ...args];

function context(name: string, contents: Record<string, string>): string {
  for (const [path, content] of Object.entries(contents)) {
    mkdirSync(join(root.path, name, path, '..'), { recursive: true });
    writeFileSync(join(root.path, name, path), content);
  }
  return join(root.path, name);
}

const simple = () => context('simple', { Dockerfile: 'FROM busybox\nRUN make\n', 'src/a.c': 'a', '.dockerignore': '*.o\n', 'a.o': '' });

describe('build', () => {
  it('sends the context without what is ignored, and prints plain lines off a terminal', async () => {
    const { stdout, stderr, code } = await cli.run(at('build', '-t', 'app:1', '-t', 'app', simple()));
    expect({ stdout, code }).toEqual({ stdout: '', code: 0 });
    expect(stderr.replace(/\d\.\d+(?= hello)|\d\.\d(?=s)/g, 'N')).toBe(
      [
        '#1 [1/2] FROM busybox',
        '#1 CACHED',
        '',
        '#2 [2/2] RUN make',
        '#2 N hello \u001b[32mworld\u001b[0m',
        '#2 DONE Ns',
        '',
        'WARNING: odd base image',
        `Successfully built ${image}`,
        'Successfully tagged app:1',
        'Successfully tagged app',
        '',
      ].join('\n'),
    );
    expect(files).toEqual(['.dockerignore', 'Dockerfile', 'src/', 'src/a.c']);
    expect(contents.toString()).toBe('*.o\nFROM busybox\nRUN make\na');
    expect(asked).toMatchObject({ tags: ['app:1', 'app'], dockerfile: 'Dockerfile', noCache: false, pull: false });
  });

  it('asks for what the options say', async () => {
    writeFileSync(join(root.path, 'token'), 'from file');
    const env = { VERSION: '3', KEY: 'from variable' };
    const options = ['--build-arg', 'VERSION', '--build-arg', 'A=b=c', '--build-arg', 'UNSET', '--target', 'dev'];
    const more = ['--no-cache', '--pull', '--platform', 'linux/arm64', '--label', 'a=b', '--network', 'none'];
    const rest = ['--add-host', 'db:10.0.0.1', '--add-host', 'six=[::1]', '--secret', 'id=k,env=KEY', '--secret', `id=f,src=${root.path}/token`];
    const { code, stderr } = await cli.run(at('build', ...options, ...more, ...rest, simple()), { env });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(asked).toMatchObject({
      args: { VERSION: '3', A: 'b=c' },
      target: 'dev',
      noCache: true,
      pull: true,
      platform: 'linux/arm64',
      labels: { a: 'b' },
      network: 'none',
      extraHosts: { db: '10.0.0.1', six: '::1' },
    });
    expect(asked?.args).not.toHaveProperty('UNSET');
    expect(Object.entries(asked?.secrets ?? {}).map(([id, secret]) => `${id}: ${secret}`)).toEqual(['k: from variable', 'f: from file']);
  });

  it('prints only the id with -q, and writes it into a file', async () => {
    const file = join(root.path, 'id');
    expect(await cli.run(at('build', '-q', '--iidfile', file, simple()))).toMatchObject({
      stdout: `${image}\n`,
      stderr: 'WARNING: odd base image\n',
      code: 0,
    });
    expect(readFileSync(file, 'utf8')).toBe(image);
  });

  it('finds the Dockerfile inside the context, outside of it, and on standard input', async () => {
    const directory = context('other', { 'docker/dev': 'FROM a', 'docker/dev.dockerignore': 'docker\nb', a: '', b: '', '.dockerignore': 'a' });
    await cli.run(at('build', '-f', join(directory, 'docker/dev'), directory));
    expect(asked).toMatchObject({ dockerfile: 'docker/dev', dockerfileContent: Buffer.alloc(0), dockerignore: Buffer.from('docker\nb') });
    expect(files).toEqual(['.dockerignore', 'a', 'docker/', 'docker/dev']);
    forget();
    await cli.run(at('build', '-f', join(simple(), 'Dockerfile'), directory));
    expect(asked).toMatchObject({ dockerfile: '', dockerfileContent: Buffer.from('FROM busybox\nRUN make\n'), dockerignore: Buffer.from('a') });
    expect(files).toContain('docker/dev');
    forget();
    await cli.run(at('build', '-f', '-', directory), { input: 'FROM stdin' });
    expect(asked).toMatchObject({ dockerfile: '', dockerfileContent: Buffer.from('FROM stdin') });
    forget();
    await cli.run(at('build', context('small', { dockerfile: 'FROM b' })));
    expect(asked).toMatchObject({ dockerfile: 'dockerfile', dockerignore: Buffer.alloc(0) });
  });

  it('reads a Dockerfile or a context from standard input', async () => {
    await cli.run(at('build', '-'), { input: 'FROM busybox\n' });
    expect(asked).toMatchObject({ dockerfile: '', dockerfileContent: Buffer.from('FROM busybox\n') });
    expect(files).toEqual([]);
    forget();
    const archive = execFileSync('tar', ['c', '-C', simple(), 'Dockerfile', 'a.o']);
    await cli.run(at('build', '-f', 'Dockerfile', '-'), { input: archive });
    expect(asked).toMatchObject({ dockerfile: 'Dockerfile', dockerfileContent: Buffer.alloc(0), dockerignore: undefined });
    expect(files).toEqual(['Dockerfile', 'a.o']);
  });

  it('sends credentials only to registries that the Dockerfile names', async () => {
    const auth = (user: string) => ({ auth: Buffer.from(`${user}:p`).toString('base64') });
    const directory = context('auths', { Dockerfile: 'FROM a:1/base\nCOPY --from=b:1/x / /' });
    const config = context('docker-config', { 'config.json': JSON.stringify({ auths: { 'a:1': auth('u'), 'c:1': auth('v') } }) });
    await cli.run(at('build', directory), { env: { DOCKER_CONFIG: config } });
    expect(auths()).toEqual(['a:1']);
    expect(JSON.parse(Buffer.from(asked?.auths['a:1'] ?? '', 'base64').toString())).toMatchObject({ username: 'u' });
    forget();
    writeFileSync(join(directory, 'Dockerfile'), 'ARG R\nFROM ${R}/base');
    await cli.run(at('build', directory), { env: { DOCKER_CONFIG: config } });
    expect(auths()).toEqual(['a:1', 'c:1']);
  });

  it('says what failed, with the line of the Dockerfile', async () => {
    const { stdout, stderr, code } = await cli.run(at('build', '--target', 'broken', simple()));
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
    expect(stderr).toContain('#2 ERROR: exit code: 2\n');
    expect(stderr).toMatch(/Dockerfile:2\n-+\n 1 | {5}FROM busybox\n 2 \| >>> RUN make\n/);
    expect(stderr).toMatch(/\narcbox: build failed on line 2: RUN make: exit code: 2\n$/);
    const quiet = await cli.run(at('build', '-q', '--target', 'broken', simple()));
    expect(quiet.stderr).toMatch(/^------\n > \[2\/2\] RUN make:\n\d\.\d+ hello /);
  });

  it('says what is wrong with a context before it asks the engine', async () => {
    const refused = async (...args: string[]) => (await cli.run(at('build', ...args), { input: '' })).stderr;
    expect(await refused('/nowhere')).toBe('arcbox: unable to prepare context: there is no directory /nowhere\n');
    expect(await refused('https://github.com/x/y.git')).toMatch(/^arcbox: the context has to be a directory or -, /);
    expect(await refused(context('empty', { x: '' }))).toMatch(/^arcbox: cannot read Dockerfile .*empty\/Dockerfile: no such file or directory\n$/);
    expect(await refused('-')).toMatch(/^arcbox: standard input is empty/);
    expect(await refused('-f', '-', '-')).toBe('arcbox: standard input cannot be both the context and the Dockerfile\n');
    expect(await refused('--secret', 'id=x,src=/nowhere', simple())).toBe('arcbox: cannot read secret /nowhere: no such file or directory\n');
    expect(await refused('--add-host', 'x', simple())).toMatch(/^arcbox: option '--add-host <name:address>' argument 'x' is invalid/);
    expect(asked).toBeUndefined();
  });

  it('is cancelled at the engine by Ctrl-C', async () => {
    const running = cli.start(at('build', '--target', 'slow', simple()));
    await eventually(() => expect(files).toContain('Dockerfile'));
    running.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 130, stdout: '' });
    await eventually(() => expect(cancelled).toBe(true));
  });

  itIf(['script'], 'changes in place on a terminal, with the output of what runs beneath it', async () => {
    const { stdout, code } = await cli.runOnTerminal(at('build', '-t', 'app', simple())).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/\[\+\] Building 0\.\ds \(1\/2\)/);
    expect(stdout).toContain(' => => # hello world');
    expect(stdout).not.toContain('\u001b[2J');
    // What stays is below the last time that the cursor went up.
    const end = stdout.slice(stdout.search(/\u001b\[\d+A(?!.*\u001b\[\d+A)/s)).replaceAll(/\u001b\[[\d;?]*[A-Za-z]/g, '');
    const lines = end.split(/\r?\n|\r/).filter((line) => line.trim());
    expect(lines).toEqual([
      expect.stringMatching(/^\[\+\] Building \d\.\ds \(2\/2\) FINISHED$/),
      expect.stringMatching(/^ => CACHED \[1\/2\] FROM busybox +0\.0s$/),
      expect.stringMatching(/^ => \[2\/2\] RUN make +\d\.\ds$/),
      'WARNING: odd base image',
      `Successfully built ${image}`,
      'Successfully tagged app',
    ]);
  });

  itIf(['script'], 'shows the whole output of what failed on a terminal', async () => {
    const { stdout, code } = await cli.runOnTerminal(at('build', '--target', 'broken', simple())).ended;
    expect(code).toBe(1);
    expect(stdout).toMatch(/ => ERROR \[2\/2\] RUN make/);
    expect(stdout).toMatch(/------\r\n > \[2\/2\] RUN make:\r\n\d\.\d{3} hello \u001b\[32mworld\u001b\[0m\r\n/);
    expect(stdout).toMatch(/>>> RUN make\r\n[^]*arcbox: build failed on line 2: RUN make: exit code: 2\r\n$/);
  });
});

describe('builder prune', () => {
  it('says what went', async () => {
    expect((await cli.run(at('builder', 'prune', '-af'))).stdout).toBe(
      'Deleted build cache objects:\na\nb\n\nTotal reclaimed space: 1.5MB\n',
    );
    expect((await cli.run(at('builder', 'prune', '-f'))).stdout).toBe('Total reclaimed space: 0B\n');
    expect(await cli.run(at('builder', 'prune'))).toMatchObject({ code: 1, stdout: '' });
  });
});
