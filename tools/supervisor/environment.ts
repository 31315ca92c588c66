import type { StartOptions } from '../start-options.mjs';

/** What a worker may see of our own environment; everything ARCBOX_ and OTEL_ besides. */
const passedOn = [
  ...['HOME', 'LANG', 'LC_ALL', 'TZ'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'],
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
];

/** Our own, and those of OpenTelemetry: where traces go, and how many. */
const isOurs = (name: string): boolean => name.startsWith('ARCBOX_') || name.startsWith('OTEL_');

const ofTheGateway = ['ARCBOX_METRICS', 'ARCBOX_LISTEN', 'ARCBOX_TLS_CERT', 'ARCBOX_TLS_KEY', 'ARCBOX_TLS_CLIENT_CA'];

/**
 * Our own environment as every child gets it. A login that is not root's has `/usr/bin` on its PATH and not `/usr/sbin`,
 * where nft and ip are: each directory brings its neighbour.
 */
export function baseEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => passedOn.includes(name));
  const path = (env['PATH'] ?? '').split(':').filter(Boolean);
  const neighbours = path.filter((directory) => directory.endsWith('/bin')).map((directory) => directory.replace(/bin$/, 'sbin'));
  return { ...Object.fromEntries(kept), PATH: [...new Set([...path, ...neighbours])].join(':') };
}

/** The environment of one replica of a worker. */
export function workerEnvironment(
  worker: string,
  replica: number,
  engine: { env: NodeJS.ProcessEnv; options: StartOptions; natsUrl: string; user: string },
): NodeJS.ProcessEnv {
  const { env, options, natsUrl, user } = engine;
  const own = Object.entries(env).filter(
    ([name]) => isOurs(name) && !['ARCBOX_HOST', 'ARCBOX_ROOT', 'ARCBOX_USER', ...ofTheGateway].includes(name),
  );
  return {
    ...baseEnvironment(env),
    ...Object.fromEntries(own),
    ...(options.root === undefined ? {} : { ARCBOX_ROOT: options.root }),
    ARCBOX_NATS_URL: natsUrl,
    ARCBOX_REPLICA: String(replica),
    ...(user === '' ? {} : { ARCBOX_USER: user }),
    ...(worker === 'gateway' ? gatewayEnvironment(env, options) : {}),
  };
}

function gatewayEnvironment(env: NodeJS.ProcessEnv, options: StartOptions): NodeJS.ProcessEnv {
  const said = {
    ARCBOX_LISTEN: options.listen,
    ARCBOX_METRICS: options.metrics,
    ARCBOX_TLS_CERT: options.tlsCert,
    ARCBOX_TLS_KEY: options.tlsKey,
    ARCBOX_TLS_CLIENT_CA: options.tlsClientCa,
  };
  return Object.fromEntries(
    Object.entries(said)
      .map(([name, value]) => [name, value ?? env[name]] as const)
      .filter(([, value]) => value !== undefined),
  );
}
