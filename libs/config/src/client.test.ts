import { readClientConfig } from './client.ts';

describe('readClientConfig', () => {
  it('finds the engine below the root and settings below the home', () => {
    const config = readClientConfig({ ARCBOX_ROOT: '/srv/a', HOME: '/home/u' });
    expect(config.paths.gatewaySocket).toBe('/srv/a/run/arcbox.sock');
    expect(config).toMatchObject({ host: '', directory: '/home/u/.config/arcbox', dockerDirectory: '/home/u/.docker' });
  });

  it('lets the environment say otherwise, and hands on variables', () => {
    const env = { ARCBOX_HOST: 'tcp://a:1', XDG_CONFIG_HOME: '/x', HOME: '/h', OTHER: 'o' };
    expect(readClientConfig(env)).toMatchObject({ host: 'tcp://a:1', directory: '/x/arcbox' });
    expect(readClientConfig({ ...env, ARCBOX_CONFIG: '/y' }).directory).toBe('/y');
    expect(readClientConfig({ ...env, DOCKER_CONFIG: '/d' }).dockerDirectory).toBe('/d');
    expect(readClientConfig(env).variable('OTHER')).toBe('o');
  });
});
