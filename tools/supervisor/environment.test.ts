import { parseStartOptions } from '../start-options.mjs';
import { workerEnvironment } from './environment.ts';

describe('workerEnvironment', () => {
  const env = {
    PATH: '/usr/bin',
    AWS_SECRET: 'x',
    npm_config_registry: 'y',
    HTTPS_PROXY: 'http://proxy',
    ARCBOX_LOG_LEVEL: 'debug',
    ARCBOX_TLS_KEY: '/key',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
  };
  const options = parseStartOptions(['--root', '/srv/a', '--listen', ':7000', '--tls-cert', '/c', '--tls-key', '/k', '--metrics', ':9464']);
  const engine = { env, options, natsUrl: 'nats://t@127.0.0.1:1', user: 'arcbox' };

  it('tells a worker where it is and keeps everything of no concern from it', () => {
    expect(workerEnvironment('images', 1, engine)).toEqual({
      PATH: '/usr/bin:/usr/sbin',
      HTTPS_PROXY: 'http://proxy',
      ARCBOX_LOG_LEVEL: 'debug',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      ARCBOX_ROOT: '/srv/a',
      ARCBOX_NATS_URL: 'nats://t@127.0.0.1:1',
      ARCBOX_REPLICA: '1',
      ARCBOX_USER: 'arcbox',
    });
  });

  it('gives addresses and keys to the gateway alone', () => {
    expect(workerEnvironment('gateway', 0, engine)).toMatchObject({
      ARCBOX_LISTEN: ':7000',
      ARCBOX_METRICS: ':9464',
      ARCBOX_TLS_CERT: '/c',
      ARCBOX_TLS_KEY: '/k',
    });
  });
});
