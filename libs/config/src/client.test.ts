import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseStartOptions } from '../../../tools/start-options.mjs';
import { readClientConfig } from './client.ts';
import { pathsFor } from './paths.ts';

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

  it('finds the engine of somebody who is not root where npm start keeps it, else that of the host', () => {
    const home = mkdtempSync(join(tmpdir(), 'abx-home-'));
    try {
      for (const env of [{ HOME: home }, { HOME: home, XDG_STATE_HOME: join(home, 'state') }]) {
        const { gatewaySocket } = pathsFor(parseStartOptions([], env, 1000).root);
        const found = (uid: number) => readClientConfig(env, uid).paths.gatewaySocket;
        expect(found(1000)).toBe('/run/arcbox/arcbox.sock');
        mkdirSync(dirname(gatewaySocket), { recursive: true });
        writeFileSync(gatewaySocket, '');
        expect(found(1000)).toBe(gatewaySocket);
        expect(found(0)).toBe('/run/arcbox/arcbox.sock');
      }
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});
