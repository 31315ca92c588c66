import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf, eventually, startRegistry, temporaryRoot } from '@arcbox/testing';
import { hello, runCommand } from './engine.ts';
import { oneEngine } from './one-engine.ts';
import { resultOf, startCommand, startOnTerminal } from './started-command.ts';

const needs = ['root', 'overlay', 'runc', 'conmon', 'nats-server', 'docker-registry', 'htpasswd'];
const imageId = /^sha256:[0-9a-f]{64}$/;
const account = { username: 'ci', password: 's3:cret' };

describeIf(needs, 'images on the command line', () => {
  const engine = oneEngine();
  const root = temporaryRoot();
  afterAll(() => root[Symbol.asyncDispose]());
  const inContainer = (...args: string[]) => engine().ok('run', '--rm', ...args);
  /** A command line that reads `input`. */
  const fed = (input: string | Buffer, ...args: string[]) => {
    const [program, ...first] = engine().command;
    return runCommand(program, [...first, ...args], { input, env: { DOCKER_CONFIG: join(engine().root, 'docker-config') } });
  };
  const context = (name: string, files: Record<string, string>): string => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(root.path, name, path, '..'), { recursive: true });
      writeFileSync(join(root.path, name, path), content);
    }
    return join(root.path, name);
  };

  const dockerfile = [
    `FROM ${hello} AS build`,
    'ARG WORD=none',
    'WORKDIR /src',
    'COPY . .',
    'RUN --mount=type=secret,id=token ls > /files && echo "$WORD $(cat /run/secrets/token)" > /out',
    `FROM ${hello}`,
    'COPY --from=build /files /out /',
    'STOPSIGNAL SIGINT',
    'CMD ["cat", "/files", "/out"]',
    '',
  ].join('\n');
  const app = () => context('app', { Dockerfile: dockerfile, '.dockerignore': '*.o\nDockerfile\n', 'a.c': 'a', 'a.o': 'o' });
  const token = () => ['--secret', `id=token,src=${join(context('secrets', { token: 'for your eyes' }), 'token')}`];

  it('tells the story of an image: built, shown, named, pushed, removed, pulled, saved, loaded, imported', async () => {
    await using registry = await startRegistry({ account });
    const login = await fed(`${account.password}\n`, 'login', '-u', account.username, '--password-stdin', registry.host);
    expect(login).toMatchObject({ code: 0, stdout: 'Login Succeeded\n' });

    const built = await engine().arcbox('build', '-t', 'app:1', '--build-arg', 'WORD=hello', ...token(), app());
    expect(built).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('\nSuccessfully tagged app:1\n') });
    expect(await inContainer('app:1')).toBe('a.c\nhello for your eyes');
    const id = await engine().ok('inspect', '-f', '{{.Id}}', 'app:1');
    expect(await engine().ok('images', '-q', '--no-trunc', 'app')).toBe(id);
    expect(await engine().ok('inspect', '-f', '{{.Config.StopSignal}} {{json .Config.Cmd}}', 'app:1')).toBe('SIGINT ["cat","/files","/out"]');
    expect((await engine().ok('history', '--format', '{{.CreatedBy}}', 'app:1')).split('\n')[0]).toContain('CMD ["cat"');

    const name = `${registry.host}/team/app`;
    for (const tag of ['1', 'latest']) await engine().ok('tag', 'app:1', `${name}:${tag}`);
    const pushed = await engine().arcbox('push', '-a', name);
    expect(pushed).toMatchObject({ code: 0, stderr: '' });
    expect(pushed.stdout).toMatch(/^The push refers to repository \[localhost:\d+\/team\/app\]\n[^]*^1: digest: (sha256:\S+) size: \d+\n[^]*^latest: digest: \1 size: \d+\n$/m);

    for (const one of ['app:1', `${name}:1`, `${name}:latest`]) await engine().ok('rmi', one);
    expect((await engine().arcbox('inspect', 'app:1')).code).toBe(1);
    const pulled = await engine().arcbox('pull', name);
    expect(pulled).toMatchObject({ code: 0, stderr: '' });
    expect(pulled.stdout).toMatch(/^Using default tag: latest\n[^]*\nDigest: sha256:\S+\nStatus: Downloaded newer image for \S+\nlocalhost:\d+\/team\/app:latest\n$/);
    expect(await engine().ok('images', '-q', '--no-trunc', name)).toBe(id);

    const archive = join(root.path, 'app.tar');
    await engine().ok('save', '-o', archive, name);
    await engine().ok('rmi', name);
    expect(await engine().ok('load', '-i', archive)).toBe(`Loaded image: ${name}:latest`);
    expect(await inContainer(name)).toBe('a.c\nhello for your eyes');
    await engine().ok('rmi', name);
    expect((await fed(readFileSync(archive), 'load')).stdout).toBe(`Loaded image: ${name}:latest\n`);

    await engine().ok('create', '--name', 'flat', name);
    await engine().ok('export', '-o', join(root.path, 'flat.tar'), 'flat');
    await engine().ok('rm', 'flat');
    const flat = await engine().ok('import', '-c', 'CMD ["/bin/cat", "/out"]', '-c', 'ENV PATH=/bin', '-m', 'by hand', join(root.path, 'flat.tar'), 'flat:1');
    expect(flat).toMatch(imageId);
    expect(await inContainer('flat:1')).toBe('hello for your eyes');
    expect(await engine().ok('history', '--format', '{{.ID}} {{.Comment}}', '--no-trunc', 'flat:1')).toBe(`${flat} by hand`);

    expect((await engine().arcbox('logout', registry.host)).stdout).toBe(`Removing login credentials for ${registry.host}\n`);
    expect((await engine().arcbox('pull', '-q', name)).code).toBe(1);
    expect(await engine().ok('system', 'check', '--verify')).toMatch(/^Checked .*: no problems$/);
  });

  it('builds from standard input, from elsewhere, quietly, and again from the cache', async () => {
    const id = (await fed(`FROM ${hello}\nRUN echo built > /out\n`, 'build', '-q', '-')).stdout.trim();
    expect(id).toMatch(imageId);
    expect(await inContainer(id, 'cat', '/out')).toBe('built');
    const again = await fed(`FROM ${hello}\nRUN echo built > /out\n`, 'build', '-t', 'again', '-');
    expect(again.stderr).toMatch(/^#\d+ CACHED$/m);
    const archive = execFileSync('tar', ['c', '-C', app(), '.']);
    const idFile = join(root.path, 'id');
    expect((await fed(archive, 'build', '--target', 'build', '--iidfile', idFile, ...token(), '-')).code).toBe(0);
    expect(readFileSync(idFile, 'utf8')).toMatch(imageId);
    const elsewhere = join(context('elsewhere', { 'Dockerfile.dev': `FROM ${hello}\nCOPY a.c /\nLABEL a=1\n` }), 'Dockerfile.dev');
    expect((await engine().arcbox('build', '-q', '-f', elsewhere, '--label', 'a=2', '-t', 'dev', app())).code).toBe(0);
    expect(await engine().ok('inspect', '-f', '{{.Config.Labels.a}}', 'dev')).toBe('2');
    expect(await inContainer('dev', 'cat', '/a.c')).toBe('a');
  });

  it('says what failed in a build and where', async () => {
    const bad = context('bad', { Dockerfile: `FROM ${hello}\nRUN echo why; exit 3\n` });
    const plain = await engine().arcbox('build', bad);
    expect(plain).toMatchObject({ code: 1, stdout: '' });
    expect(plain.stderr).toMatch(/^#2 [\d.]+ why$/m);
    expect(plain.stderr).toMatch(/^ 2 \| >>> RUN echo why; exit 3\n/m);
    expect(plain.stderr).toMatch(/\narcbox: .*3\n$/);
    const parse = await fed(`FROM ${hello}\nRUNN x\n`, 'build', '-');
    expect(parse).toMatchObject({ code: 1, stderr: expect.stringMatching(/>>> RUNN x\n[^]*\narcbox: .*line 2.*\n$/) });
    using command = startOnTerminal(engine(), ['build', bad], { before: 'stty rows 30 cols 100' });
    const shown = await resultOf(command);
    expect(shown.code).toBe(1);
    expect(shown.stdout).toMatch(/ => ERROR \[.*2\/2\] RUN echo why; exit 3/);
    expect(shown.stdout).toMatch(/------\r\n > .*RUN echo why; exit 3:\r\n[\d.]+ why\r\n/);
  });

  it('cancels a build with Ctrl-C, at the engine too', async () => {
    const marker = `sleep ${randomInt(10_000, 90_000)}.${randomInt(10_000, 90_000)}`;
    const slow = context('slow', { Dockerfile: `FROM ${hello}\nRUN echo begun; ${marker}\n` });
    using command = startCommand(engine(), 'build', slow);
    const result = resultOf(command);
    await eventually(() => expect(runs(marker)).toBe(true));
    command.child.kill('SIGINT');
    expect((await result).code).toBe(130);
    await eventually(() => expect(runs(marker)).toBe(false));
    expect(await engine().ok('ps', '-aq')).toBe('');
  });

  it('takes no half of an archive and leaves none', async () => {
    const archive = join(root.path, 'half.tar');
    await engine().ok('save', '-o', archive, hello);
    const whole = readFileSync(archive);
    const half = await fed(whole.subarray(0, whole.length / 2), 'load');
    expect(half).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^arcbox: .+\n$/) });
    expect((await engine().arcbox('save', '-o', join(root.path, 'none.tar'), 'nobody/nothing')).stderr).toMatch(/^arcbox: no such image: nobody\/nothing/);
    expect(existsSync(join(root.path, 'none.tar'))).toBe(false);
    expect(await engine().ok('system', 'check')).toMatch(/: no problems$/);
  });
});

/** Whether a process with this command line exists. */
function runs(command: string): boolean {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.some((pid) => commandOf(pid) === command);
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
  } catch {
    // It has ended.
    return '';
  }
}
