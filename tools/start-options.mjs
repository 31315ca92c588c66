// Read by tools/start.mjs on any Node >= 20, and by the supervisor.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** Workers in the order they are started. They are stopped in the opposite order. */
export const workers = /** @type {const} */ ([
  'images',
  'networks',
  'volumes',
  'containers',
  'system',
  'icons',
  'migration',
  'gateway',
]);

/**
 * @typedef {typeof workers[number]} WorkerName
 *
 * @typedef {object} StartOptions
 * @property {'start' | 'stop' | 'restart' | 'help'} command
 * @property {string} [root] absolute; undefined for the system's usual places
 * @property {ReadonlyMap<WorkerName, number>} replicas one entry a worker
 * @property {WorkerName} [worker] which one to restart
 * @property {string} [listen] HOST:PORT
 * @property {string} [tlsCert] absolute path
 * @property {string} [tlsKey] absolute path
 * @property {string} [tlsClientCa] absolute path
 * @property {string} [metrics] HOST:PORT
 * @property {boolean} detach
 */

export const help = `npm start -- [OPTIONS]

Sets up what is missing, starts NATS and every worker, runs a first container and
stays in the foreground. Ctrl-C stops the engine; running containers stay.

  --root DIR             keep all state and sockets below DIR
                         (default: /var/lib/arcbox and /run/arcbox; of others
                         than root: ~/.local/state/arcbox)
  --scale NAME=N,...     replicas of a worker: --scale images=2,containers=2
  --listen HOST:PORT     also serve clients over TCP
  --tls-cert FILE        certificate (PEM) for --listen
  --tls-key FILE         its private key (PEM)
  --tls-client-ca FILE   accept only clients with a certificate of this CA (PEM)
  --metrics HOST:PORT    metrics for Prometheus over HTTP, at /metrics; without a
                         HOST only this machine can reach them
  --detach               return when ready, leave the engine in the background
  --stop                 stop the engine that runs on this root
  --restart NAME         restart one worker of the engine that runs on this root
  --help                 this text

Workers: ${workers.join(', ')}

Environment:
  ARCBOX_ROOT            what --root says, if there is no --root
  ARCBOX_NATS_URL        use this NATS server, start none
  ARCBOX_LOG=console     show the workers' logs here too
  ARCBOX_LOG_LEVEL       debug, info (default), warn, error
  OTEL_EXPORTER_OTLP_ENDPOINT, …  where traces go; none without
`;

/** A command line we do not understand; the message says what and where. */
export class UsageError extends Error {}

/**
 * Reads the command line of `npm start`. Throws UsageError on anything unknown or contradictory.
 *
 * @param {string[]} args
 * @param {Record<string, string | undefined>} [env]
 * @param {number} [uid] who asks: the system's usual places are root's
 * @returns {StartOptions}
 */
export function parseStartOptions(args, env = {}, uid = 0) {
  const values = parse(args);
  const command = oneOf({ help: values.help, stop: values.stop, restart: values.restart !== undefined });
  const root = values.root ?? (env['ARCBOX_ROOT'] || ownRoot(env, uid));
  if (root === '') throw new UsageError('--root needs a directory');
  checkTls(values);
  checkAddress('--metrics', values.metrics);
  return {
    command,
    root: root === undefined ? undefined : resolve(root),
    replicas: parseScale(values.scale ?? []),
    worker: values.restart === undefined ? undefined : parseWorker(values.restart, '--restart'),
    listen: values.listen,
    tlsCert: values['tls-cert'] && resolve(values['tls-cert']),
    tlsKey: values['tls-key'] && resolve(values['tls-key']),
    tlsClientCa: values['tls-client-ca'] && resolve(values['tls-client-ca']),
    metrics: values.metrics,
    detach: values.detach ?? false,
  };
}

/**
 * Where somebody who is not root may keep an engine (XDG base directory specification); nowhere in particular for root.
 * @param {Record<string, string | undefined>} env
 * @param {number} uid
 */
function ownRoot(env, uid) {
  if (uid === 0) return undefined;
  return `${env['XDG_STATE_HOME'] || `${env['HOME'] || `/tmp/arcbox-${uid}`}/.local/state`}/arcbox`;
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      options: {
        root: { type: 'string' },
        scale: { type: 'string', multiple: true },
        listen: { type: 'string' },
        'tls-cert': { type: 'string' },
        'tls-key': { type: 'string' },
        'tls-client-ca': { type: 'string' },
        metrics: { type: 'string' },
        detach: { type: 'boolean' },
        stop: { type: 'boolean' },
        restart: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    // Only the first sentence: the rest is advice about other command lines.
    const [message] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    throw new UsageError(message, { cause: error });
  }
}

/**
 * @param {{ help?: boolean, stop?: boolean, restart?: boolean }} commands
 * @returns {StartOptions['command']}
 */
function oneOf({ help, stop, restart }) {
  if (help) return 'help';
  if (stop && restart) throw new UsageError('--stop and --restart exclude each other');
  return stop ? 'stop' : restart ? 'restart' : 'start';
}

/**
 * @param {{ listen?: string, 'tls-cert'?: string, 'tls-key'?: string, 'tls-client-ca'?: string }} values
 */
function checkTls(values) {
  const { listen, 'tls-cert': cert, 'tls-key': key, 'tls-client-ca': clientCa } = values;
  checkAddress('--listen', listen);
  if (listen === undefined && (cert ?? key ?? clientCa) !== undefined) {
    throw new UsageError('--tls-cert, --tls-key and --tls-client-ca need --listen');
  }
  if ((cert === undefined) !== (key === undefined)) throw new UsageError('--tls-cert and --tls-key go together');
  if (clientCa !== undefined && cert === undefined) throw new UsageError('--tls-client-ca needs --tls-cert and --tls-key');
}

/**
 * @param {string} option
 * @param {string} [address]
 */
function checkAddress(option, address) {
  if (address === undefined || /^(\[[0-9a-f:]+\]|[^:]*):\d+$/i.test(address)) return;
  throw new UsageError(`${option} is not HOST:PORT: ${address}`);
}

/**
 * Reads `images=2,containers=3`. A worker that is not named gets one replica; a later entry wins.
 *
 * @param {string[]} entries
 * @returns {Map<WorkerName, number>}
 */
export function parseScale(entries) {
  const replicas = new Map(workers.map((name) => [name, 1]));
  for (const entry of entries.flatMap((list) => list.split(','))) {
    const [name = '', count = ''] = entry.split('=');
    const worker = parseWorker(name, '--scale');
    if (!/^[1-9]\d?$/.test(count)) throw new UsageError(`--scale ${entry}: replicas are a number from 1 to 99`);
    if (worker === 'gateway' && count !== '1') throw new UsageError('--scale: there is one gateway on a root');
    replicas.set(worker, Number(count));
  }
  return replicas;
}

/**
 * @param {string} name
 * @param {string} option
 * @returns {WorkerName}
 */
function parseWorker(name, option) {
  const worker = workers.find((known) => known === name);
  if (!worker) throw new UsageError(`${option}: no worker is called '${name}'; there are ${workers.join(', ')}`);
  return worker;
}
