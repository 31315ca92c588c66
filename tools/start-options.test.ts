import { parseScale, parseStartOptions, UsageError } from './start-options.mjs';

describe('parseStartOptions', () => {
  it('needs nothing', () => {
    expect(parseStartOptions([])).toMatchObject({ command: 'start', root: undefined, detach: false });
  });

  it('makes paths absolute', () => {
    expect(parseStartOptions(['--root', 'engine']).root).toBe(`${process.cwd()}/engine`);
  });

  it('takes the root from the environment unless it is given', () => {
    const env = { ARCBOX_ROOT: '/srv/a' };
    expect(parseStartOptions([], env).root).toBe('/srv/a');
    expect(parseStartOptions(['--root', '/srv/b'], env).root).toBe('/srv/b');
  });

  it('keeps the engine of somebody who is not root in their home', () => {
    expect(parseStartOptions([], { HOME: '/home/ann' }, 1000).root).toBe('/home/ann/.local/state/arcbox');
    expect(parseStartOptions([], { HOME: '/root' }, 0).root).toBeUndefined();
  });

  it('refuses what it does not know, naming it', () => {
    expect(() => parseStartOptions(['--fast'])).toThrow(UsageError);
    expect(() => parseStartOptions(['--fast'])).toThrow("Unknown option '--fast'");
    expect(() => parseStartOptions(['images'])).toThrow("Unexpected argument 'images'");
  });

  it.each([
    [['--stop', '--restart', 'images'], '--stop and --restart exclude each other'],
    [['--listen', 'here'], '--listen is not HOST:PORT: here'],
    [['--metrics', '9464'], '--metrics is not HOST:PORT: 9464'],
    [['--tls-cert', 'c', '--tls-key', 'k'], 'need --listen'],
    [['--listen', ':1', '--tls-cert', 'c'], '--tls-cert and --tls-key go together'],
    [['--listen', ':1', '--tls-client-ca', 'c'], '--tls-client-ca needs --tls-cert and --tls-key'],
    [['--root', ''], '--root needs a directory'],
    [['--restart', 'nobody'], "--restart: no worker is called 'nobody'"],
  ])('refuses %j', (args, message) => {
    expect(() => parseStartOptions(args)).toThrow(message);
  });
});

describe('parseScale', () => {
  it('gives every worker one replica, and more where asked', () => {
    const replicas = parseScale(['images=2,containers=3']);
    expect([...replicas.values()].reduce((sum, count) => sum + count)).toBe(8 + 1 + 2);
    expect(replicas.get('containers')).toBe(3);
    expect(replicas.get('gateway')).toBe(1);
  });

  it.each([
    ['images', '--scale images: replicas are a number from 1 to 99'],
    ['images=0', '--scale images=0'],
    ['images=x', '--scale images=x'],
    ['pictures=2', "--scale: no worker is called 'pictures'"],
    ['gateway=2', 'there is one gateway'],
  ])('refuses %s', (entry, message) => {
    expect(() => parseScale([entry])).toThrow(message);
  });
});
