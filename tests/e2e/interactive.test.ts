import { describeIf, eventually } from '@arcbox/testing';
import { hello, removeContainers } from './engine.ts';
import { oneEngine } from './one-engine.ts';
import { openTerminal, type TerminalSession } from './terminal-session.ts';

const keys = { ctrlC: '\x03', ctrlZ: '\x1a', ctrlD: '\x04', escape: '\x1b', detach: '\x10\x11' };

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server', 'script', 'stty'], 'sessions at a terminal', () => {
  const engine = oneEngine();
  const shell = (...args: string[]): Promise<TerminalSession> =>
    openTerminal(engine(), 'run', '-it', '-e', 'PS1=ready> ', ...args, hello, 'sh');
  const lines = async (...args: string[]) => (await engine().ok(...args)).split('\n').filter(Boolean);

  afterEach(() => removeContainers(engine()));

  it('vi: a text is written, changed and kept', async () => {
    using session = await openTerminal(engine(), 'run', '-it', '--name', 'editor', hello, 'vi', '/letter');
    await session.shows(/~[^]*\/letter/);
    session.type('ihello world');
    await session.shows(/hello world/);
    // A key that comes at once after escape would make one key with it.
    session.type(keys.escape);
    await session.shows(/- \/letter/);
    session.type('0cwgoodbye');
    await session.shows(/goodbye/);
    session.type(keys.escape);
    await session.shows(/- \/letter/);
    session.type(':wq\r');
    expect(await session.exit).toBe(0);
    await engine().ok('start', 'editor');
    expect(await engine().ok('exec', 'editor', 'cat', '/letter')).toBe('goodbye world');
  });

  it('top: drawn again and again, as large as the window, until q', async () => {
    using session = await openTerminal(engine(), 'run', '--rm', '-it', hello, 'top', '-d', '1');
    await session.shows(/Mem: [^]*PID [^]* top -d 1/);
    await session.shows(/Mem: /);
    session.type('q');
    expect(await session.exit).toBe(0);
  });

  it('stats: the use of what runs, in place, until Ctrl-C', async () => {
    await engine().ok('run', '-d', '--name', 'first', '-m', '32m', hello, 'sleep', '1000');
    using session = await openTerminal(engine(), 'stats');
    await session.shows(/\x1b\[HCONTAINER ID +NAME +CPU % .*\r\n[0-9a-f]{12} +first +\S+ +\S+ \/ 32MiB /);
    await engine().ok('run', '-d', '--name', 'second', hello, 'sleep', '1000');
    await session.shows(/\x1b\[HCONTAINER ID .*\r\n[0-9a-f]{12} +first +\d+\.\d\d% .*\r\n[0-9a-f]{12} +second /);
    await engine().ok('rm', '-f', 'first');
    await session.shows(/\x1b\[HCONTAINER ID .*\r\n[0-9a-f]{12} +second /);
    session.type(keys.ctrlC);
    expect(await session.exit).toBe(130);
  });

  it('the size of the window: at the first look, and after each change', async () => {
    using session = await shell('--rm', '--name', 'sizes');
    await session.shows(/ready> /);
    session.type('stty size\r');
    await session.shows(/\n30 100\r\n/);
    await session.shows(/ready> /);
    await session.resize(44, 111);
    await eventually(() => {
      session.type('stty size\r');
      expect(session.screen).toMatch(/\n44 111\r\n/);
    });
    using second = await openTerminal(engine(), 'exec', '-it', 'sizes', 'sh', '-c', 'until test "$(stty size)" = "30 100"; do sleep 0.1; done; echo so large; until test "$(stty size)" = "7 77"; do sleep 0.1; done; echo so small');
    await second.shows(/so large/);
    await second.resize(7, 77);
    await second.shows(/so small/);
    expect(await second.exit).toBe(0);
    session.type('exit 3\r');
    expect(await session.exit).toBe(3);
  });

  it('Ctrl-C ends the program, not the shell; Ctrl-D ends the shell', async () => {
    using session = await shell('--rm');
    await session.shows(/ready> /);
    session.type('sh -c "echo runs; exec sleep 1000"\r');
    await session.shows(/\nruns\r\n/);
    session.type(keys.ctrlC);
    await session.shows(/ready> /);
    session.type('echo code $?; sh -c "echo runs; exec sleep 1001"; true\r');
    await session.shows(/code 130\r\nruns\r\n/);
    session.type(keys.ctrlC);
    await session.shows(/ready> /);
    session.type('(exit 5)\r');
    await session.shows(/ready> /);
    session.type(keys.ctrlD);
    expect(await session.exit).toBe(5);
  });

  it('Ctrl-Z stops the program, fg goes on with it', async () => {
    using session = await shell('--rm');
    await session.shows(/ready> /);
    // What is typed before the program reads is lost with the settings of the line that the shell had.
    session.type('sh -c "echo runs; exec cat"\r');
    await session.shows(/\nruns\r\n/);
    session.type('before\r');
    await session.shows(/before\r\nbefore\r\n/);
    session.type(keys.ctrlZ);
    await session.shows(/Stopped[^]*ready> /);
    session.type('jobs\r');
    await session.shows(/\[1\]\+ +Stopped [^]*ready> /);
    session.type('fg\r');
    await session.shows(/fg\r\nsh -c .*\r\n/);
    session.type('after\r');
    await session.shows(/after\r\nafter\r\n/);
    session.type(keys.ctrlD);
    await session.shows(/ready> /);
    session.type('exit\r');
    expect(await session.exit).toBe(0);
  });

  it('detach and come back: the same shell, twice', async () => {
    {
      using session = await shell('--name', 'shell');
      await session.shows(/ready> /);
      session.type('kept=yes; echo set\r');
      await session.shows(/\nset\r\n/);
      session.type(keys.detach);
      expect(await session.exit).toBe(0);
    }
    expect(await lines('ps', '--format', '{{.Names}}')).toEqual(['shell']);
    {
      using session = await openTerminal(engine(), 'attach', '--detach-keys', 'ctrl-x,x', 'shell');
      session.type('\r');
      await session.shows(/ready> /);
      session.type('echo "it is $kept"; echo \x18y\r');
      await session.shows(/it is yes\r\n/);
      session.type('\x18x');
      expect(await session.exit).toBe(0);
    }
    using session = await openTerminal(engine(), 'attach', 'shell');
    session.type('\r');
    await session.shows(/ready> /);
    session.type('exit 4\r');
    expect(await session.exit).toBe(4);
    expect(await engine().ok('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', 'shell')).toBe('exited 4');
  });

  it('exec -it: several at once, left with the keys while the program goes on', async () => {
    await engine().ok('run', '-d', '--name', 'box', hello, 'sleep', '1000');
    using one = await openTerminal(engine(), 'exec', '-it', '-e', 'PS1=one> ', 'box', 'sh');
    using two = await openTerminal(engine(), 'exec', '-it', '-e', 'PS1=two> ', 'box', 'sh');
    await one.shows(/one> /);
    await two.shows(/two> /);
    one.type('tty; echo from one >/note; sleep 1234\r');
    await one.shows(/\/dev\/pts\/\d+/);
    await eventually(async () => expect(await engine().ok('exec', 'box', 'cat', '/note')).toBe('from one'));
    one.type(keys.detach);
    expect(await one.exit).toBe(0);
    two.type('ps | grep "[s]leep 1234"\r');
    await two.shows(/sleep 1234\r\n/);
    two.type('exit 6\r');
    expect(await two.exit).toBe(6);
  });
});
