import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeIf, eventually } from '@arcbox/testing';
import { hello, removeContainers, runCommand } from './engine.ts';
import { oneEngine } from './one-engine.ts';
import { resultOf, type StartedCommand, startCommand, startOnTerminal } from './started-command.ts';

const needs = ['root', 'overlay', 'runc', 'conmon', 'nats-server'];
const id = /^[0-9a-f]{64}$/;

describeIf(needs, 'the command line', () => {
  const engine = oneEngine();
  const run = (...args: string[]) => engine().arcbox('run', '--rm', ...args);
  afterEach(() => removeContainers(engine()));

  it('exits with the code of the container, or with docker’s own', async () => {
    expect(await run(hello, 'sh', '-c', 'echo out; echo err >&2; exit 42')).toEqual({ code: 42, stdout: 'out\n', stderr: 'err\n' });
    expect((await run(hello, 'sh', '-c', 'kill -TERM $$; sleep 5; exit 9')).code).toBe(9);
    const unknown = await run(hello, 'no-such-command');
    expect(unknown).toMatchObject({ code: 127, stdout: '', stderr: expect.stringMatching(/^arcbox: .*no-such-command.*\n$/) });
    expect((await run(hello, '/etc/passwd')).code).toBe(126);
    expect(await run('--no-such-option', hello)).toMatchObject({ code: 125, stderr: expect.stringContaining('--no-such-option') });
    expect((await run('--network', 'nowhere', hello)).code).toBe(125);
    expect(await engine().arcbox('stop', 'nobody')).toEqual({ code: 1, stdout: '', stderr: 'arcbox: no such container: nobody\n' });
    expect(await engine().ok('ps', '-aq')).toBe('');
  });

  it('lists containers as docker does', async () => {
    expect(await engine().ok('ps')).toBe('CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES');
    const web = await engine().ok('run', '-d', '--name', 'web', '-l', 'team=blue', '-p', '127.0.0.1::80', hello, 'sleep', '600');
    const job = await engine().ok('create', '--name', 'job', hello);
    expect([web, job]).toEqual([expect.stringMatching(id), expect.stringMatching(id)]);
    const [header, row, ...others] = (await engine().ok('ps')).split('\n');
    expect(header).toMatch(/^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES$/);
    expect(row).toMatch(new RegExp(`^${web.slice(0, 12)} +${hello} +"sleep 600" +.* ago +Up .* +127\\.0\\.0\\.1:\\d+->80/tcp +web$`));
    expect(others).toEqual([]);
    expect(await engine().ok('ps', '-aq')).toBe(`${job.slice(0, 12)}\n${web.slice(0, 12)}`);
    expect(await engine().ok('ps', '-q', '--no-trunc')).toBe(web);
    expect(await engine().ok('ps', '-a', '--format', '{{.Names}} {{.State}} {{.Label "team"}}')).toBe('job created \nweb running blue');
    expect(await engine().ok('ps', '-a', '--filter', 'status=created', '--format', 'table {{.Names}}\t{{.Status}}')).toMatch(/^NAMES +STATUS\njob +Created$/);
    expect(JSON.parse(await engine().ok('ps', '--format', 'json'))).toMatchObject({ ID: web.slice(0, 12), Names: 'web', State: 'running' });
    expect(await engine().ok('inspect', '--format', '{{.State.Status}} {{.Config.Image}} {{json .Config.Labels}}', 'web')).toBe(`running ${hello} {"team":"blue"}`);
    expect((await engine().arcbox('inspect', '--format', '{{.Nonsense}}', 'web')).code).toBe(1);
    expect((await engine().arcbox('ps', '--filter', 'colour=red')).stderr).toMatch(/^arcbox: .*colour.*\n$/);
  });

  it('follows logs to the end of the container', async () => {
    await engine().ok('run', '-d', '--name', 'job', hello, 'sh', '-c', 'for i in 1 2 3; do echo $i; echo -$i >&2; sleep 0.3; done; exit 1');
    expect(await engine().arcbox('logs', '-f', 'job')).toEqual({ code: 0, stdout: '1\n2\n3\n', stderr: '-1\n-2\n-3\n' });
    expect(await engine().ok('logs', '-t', '--tail', '1', 'job')).toMatch(/^(\d{4}-\d\d-\d\dT[\d:.]{18}Z 3)?$/);
    expect(await engine().ok('logs', '--since', '1h', '--until', '30m', 'job')).toBe('');
  });

  it('waits for several, stops, kills and removes', async () => {
    const sleeper = ['sh', '-c', 'trap "exit 3" TERM; trap "exit 4" HUP; while :; do sleep 0.1; done'];
    for (const name of ['one', 'two']) await engine().ok('run', '-d', '--name', name, hello, ...sleeper);
    await engine().ok('run', '-d', '--name', 'three', hello, 'sleep', '600');
    const waiting = engine().ok('wait', 'one', 'two', 'three');
    await sleep(500);
    expect(await engine().ok('stop', 'one')).toBe('one');
    expect(await engine().ok('kill', '-s', 'HUP', 'two')).toBe('two');
    expect(await engine().arcbox('rm', 'three')).toMatchObject({ code: 1, stderr: expect.stringMatching(/^arcbox: .*three.*\n$/) });
    expect(await engine().ok('kill', 'three')).toBe('three');
    expect(await waiting).toBe('3\n4\n137');
    expect(await engine().arcbox('kill', 'three')).toMatchObject({ code: 1, stderr: 'arcbox: container three is not running\n' });
    await engine().ok('start', 'one');
    expect(await engine().arcbox('rm', '-f', 'one', 'nobody', 'two')).toEqual({ code: 0, stdout: 'one\ntwo\n', stderr: 'arcbox: no such container: nobody\n' });
    expect(await engine().ok('ps', '-a', '--format', '{{.Names}}')).toBe('three');
  });

  it('shows events between two times, and only those asked for', async () => {
    const since = String(Math.floor(Date.now() / 1000));
    await run('--name', 'first', '-l', 'test=events', '-l', 'team=blue', hello, 'sh', '-c', 'exit 5');
    await run('--name', 'second', '-l', 'test=events', hello, 'true');
    const events = (...filters: string[]) =>
      engine().ok('events', '--since', since, '--until', '0s', ...filters.flatMap((filter) => ['-f', filter]), '--format', '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}');
    await eventually(async () => expect(await events('type=container', 'event=destroy', 'label=test=events')).toBe('container destroy first\ncontainer destroy second'));
    expect(await events('container=first', 'event=start', 'event=die')).toBe('container start first\ncontainer die first');
    expect(await events('label=team=blue', 'event=create')).toBe('container create first');
    const plain = await engine().ok('events', '--since', since, '--until', '0s', '-f', 'event=die', '-f', 'container=first');
    expect(plain).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{9}[+-]\d\d:\d\d container die [0-9a-f]{64} \(.*exitCode=5.*name=first.*\)$/);
    expect(await engine().ok('events', '--since', '1', '--until', '2')).toBe('');
  });

  it('names images and takes names away', async () => {
    await engine().ok('tag', hello, 'team/app:1.2');
    expect(await engine().ok('images', '--format', '{{.Repository}}:{{.Tag}}', 'team/app')).toBe('team/app:1.2');
    expect(await engine().ok('images')).toMatch(/^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE\n/);
    expect(await engine().ok('rmi', 'team/app:1.2')).toBe('Untagged: team/app:1.2');
    expect(await engine().arcbox('rmi', 'team/app:1.2')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^arcbox: .*team\/app:1\.2.*\n$/) });
    for (const reference of ['UPPER/case', 'a//b', 'x:y:z', 'app@sha256:123']) {
      const refused = await engine().arcbox('pull', reference);
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^arcbox: [^\n]+\n$/) });
    }
  });

  it('passes Ctrl-C on to the container and exits as it does', async () => {
    const script = 'trap "echo interrupted; exit 130" INT; echo ready; while :; do sleep 0.1; done';
    using command = startCommand(engine(), 'run', '--rm', hello, 'sh', '-c', script);
    const result = resultOf(command);
    await new Promise((resolve) => command.child.stdout.once('data', resolve));
    command.child.kill('SIGINT');
    expect(await result).toEqual({ code: 130, stdout: 'ready\ninterrupted\n', stderr: '' });
    expect(await engine().ok('ps', '-aq')).toBe('');
  });

  it('gives a container the terminal: raw, with its size and its end', async () => {
    const script = [
      'size() { until [ "$(stty size 2>/dev/null)" = "$1" ]; do sleep 0.1; done; echo "size $1"; }',
      'size "33 99"; read line; echo "got $line"; size "44 111"; read line',
      'trap "exit 7" INT; echo waiting; while :; do sleep 0.1; done',
    ].join('\n');
    using command = startOnTerminal(engine(), ['run', '--rm', '-it', hello, 'sh', '-c', script], {
      before: 'tty; stty rows 33 cols 99',
      after: 'stty -a | grep -o -w -e -icanon -e icanon',
    });
    let shown = '';
    command.child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
    await eventually(() => expect(shown).toMatch(/^\S+\r\nsize 33 99\r\n$/));
    command.child.stdin.write('hello\r');
    // Once, as the container's terminal echoes it: ours does not.
    await eventually(() => expect(shown).toMatch(/^\S+\r\nsize 33 99\r\nhello\r\ngot hello\r\n$/));
    await runCommand('stty', ['-F', shown.split('\r\n')[0] ?? '', 'rows', '44', 'cols', '111']);
    await eventually(() => expect(shown).toMatch(/\nsize 44 111\r\n/));
    command.child.stdin.write('\r');
    await eventually(() => expect(shown).toMatch(/waiting\r\n$/));
    command.child.stdin.write('\x03');
    expect(await command.exit).toBe(7);
    await eventually(() => expect(shown).toMatch(/(?<!-)icanon\r\n$/));
  });

  it('takes files of variables for those of the container, not for its own', async () => {
    const file = join(engine().root, 'variables');
    writeFileSync(file, '# said\nA=1 2\nB=theirs\n\nC=x=y\n');
    const show = ['run', '--rm', '--env-file', file, '-e', 'B=mine', '-e', 'A', hello, 'sh', '-c', 'echo "${A-unset} $B $C"'];
    const launcher = join(import.meta.dirname, '../../arcbox');
    expect(await runCommand(launcher, ['--host', `unix://${engine().socket}`, ...show])).toEqual({ code: 0, stdout: '1 2 mine x=y\n', stderr: '' });
    const missing = await runCommand(launcher, ['run', '--env-file', '/no/such/file', hello]);
    expect(missing).toEqual({ code: 125, stdout: '', stderr: 'arcbox: cannot read /no/such/file: no such file or directory\n' });
  });

  it('ends the input of a container with the client that was killed', async () => {
    using command = startCommand(engine(), 'run', '-i', '--name', 'fed', hello, 'sh', '-c', 'cat; echo end; exit 4');
    command.child.stdin.write('said\n');
    await new Promise((resolve) => command.child.stdout.once('data', resolve));
    command.child.kill('SIGKILL');
    expect(await engine().ok('wait', 'fed')).toBe('4');
    expect(await engine().ok('logs', 'fed')).toBe('said\nend');
    await engine().ok('rm', 'fed');
  });

  it('wants a terminal for -it, and leaves a container with the keys to detach', async () => {
    expect(await run('-it', hello, 'sh')).toEqual({ code: 1, stdout: '', stderr: 'arcbox: the input device is not a TTY\n' });
    using command = startOnTerminal(engine(), ['run', '-it', '--name', 'shell', hello, 'sh', '-c', 'echo ready; read line; exit 6']);
    expect(await typing(command, '\x10\x11')).toBe(0);
    expect(await engine().ok('ps', '--format', '{{.Names}}')).toBe('shell');
    using again = startOnTerminal(engine(), ['attach', 'shell']);
    expect(await typing(again, '\r')).toBe(6);
  });

  it('tells about engine and workers', async () => {
    const workers = await engine().ok('workers');
    expect(workers).toMatch(/^WORKER +REPLICA +HEALTH +SINCE +PID +ADDRESS\n/);
    for (const name of ['containers', 'images', 'networks', 'system', 'volumes']) {
      expect(workers).toMatch(new RegExp(`^${name} +${name}-0 +serving .* +${engine().pid(`${name}-0`)} `, 'm'));
    }
    await engine().ok('run', '-d', hello, 'sleep', '600');
    expect(await engine().ok('info', '--format', '{{.Containers}} {{.ContainersRunning}} {{.Images}} {{.Driver}}')).toBe('1 1 1 overlay');
    expect(await engine().ok('info')).toMatch(/^Containers: 1\n Running: 1\n/);
    const version = JSON.parse(await engine().ok('version', '--format', 'json')) as { Client: object; Server: object };
    expect(version).toMatchObject({ Client: { Version: expect.any(String) }, Server: { ApiVersion: '1.0', Os: 'linux' } });
    expect(await engine().ok('version')).toMatch(/^Client:\n[^]*\nServer:\n/);
    const nobody = await engine().arcbox('--host', 'unix:///nowhere/arcbox.sock', 'ps');
    expect(nobody).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^arcbox: cannot connect to the engine at .*\n$/) });
  });
});

/** Types this again and again: what is typed too early finds the terminal not ready. Resolves with the exit code. */
async function typing({ child, exit }: StartedCommand, keys: string): Promise<unknown> {
  child.stdout.resume();
  const timer = setInterval(() => child.stdin.write(keys), 500);
  try {
    return await exit;
  } finally {
    clearInterval(timer);
  }
}
