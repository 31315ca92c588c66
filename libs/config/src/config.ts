import { resolve } from 'node:path';
import { type EventRetention, readEventRetention } from './event-retention.ts';
import { type IconHosts, readIconHosts } from './icon-hosts.ts';
import { type LayerLimits, readLayerLimits } from './layer-limits.ts';
import { parseCount } from './parse-count.ts';
import { type Paths, pathsFor } from './paths.ts';
import { readTracing, type TracingConfig } from './tracing.ts';

/** Everything a process takes from its environment, read once. Tests write it as a literal. */
export interface Config {
  /** Worker name: `images`, `containers`, … */
  readonly worker: string;
  /** Unique among the replicas of a worker on a node: `images-0`. */
  readonly replica: string;
  readonly paths: Paths;
  /** NATS server, credentials included: `nats://token@127.0.0.1:4222`. */
  readonly natsUrl: string;
  readonly logLevel: string;
  /** System user that unprivileged workers become; empty keeps the present one. */
  readonly user: string;
  /** Extra TCP endpoint of the gateway. */
  readonly listen?: { host: string; port: number; cert?: string; key?: string; clientCa?: string };
  /** Where the gateway tells Prometheus of the engine. */
  readonly metrics?: { host: string; port: number };
  /** How traces are collected, where they are. */
  readonly tracing?: TracingConfig;
  /** What a layer of an image may hold at most, where it is not to be the usual. */
  readonly layerLimits?: LayerLimits;
  /** Bytes of build contexts that are kept at most, where it is not to be the usual. */
  readonly contextCacheBytes?: number;
  /** How much history the event log keeps, where it is not to be the usual. */
  readonly eventRetention?: EventRetention;
  /** Where the icons worker looks, where it is not to be the usual. */
  readonly iconHosts?: IconHosts;
  /** Whose subordinate ids new containers get; undefined: they have the ids of the host. */
  readonly usernsRemap?: string;
  /** Directory of the files subuid(5) and subgid(5). */
  readonly subordinateIds?: string;
  /** Where clients find the gateway: `unix:/…` or `host:port`. */
  readonly host?: string;
}

/** Reads the environment of worker `worker`. Throws on values that make no sense. */
export function readConfig(worker: string, env: NodeJS.ProcessEnv = process.env): Config {
  const root = env['ARCBOX_ROOT'];
  const replica = env['ARCBOX_REPLICA'] ?? '0';
  if (!/^[a-z0-9-]{1,32}$/.test(replica)) throw new Error(`ARCBOX_REPLICA: not a replica name: ${replica}`);
  return {
    worker,
    replica: `${worker}-${replica}`,
    paths: pathsFor(root ? resolve(root) : undefined),
    natsUrl: env['ARCBOX_NATS_URL'] ?? 'nats://127.0.0.1:4222',
    logLevel: env['ARCBOX_LOG_LEVEL'] ?? 'info',
    user: env['ARCBOX_USER'] ?? '',
    listen: readListen(env),
    metrics: readEndpoint(env, 'ARCBOX_METRICS', '127.0.0.1'),
    tracing: readTracing(env),
    layerLimits: readLayerLimits(env),
    contextCacheBytes: readCount(env, 'ARCBOX_CONTEXT_CACHE_BYTES'),
    eventRetention: readEventRetention(env),
    iconHosts: readIconHosts(env),
    usernsRemap: readRemap(env),
    subordinateIds: env['ARCBOX_SUBORDINATE_IDS'],
    host: env['ARCBOX_HOST'],
  };
}

/** `default`, or a user and maybe a group, names or numbers. */
function readRemap(env: NodeJS.ProcessEnv): string | undefined {
  const value = env['ARCBOX_USERNS_REMAP'];
  if (!value) return undefined;
  if (!/^[^:\s]+(:[^:\s]+)?$/.test(value)) throw new Error(`ARCBOX_USERNS_REMAP: not default, user or user:group: ${value}`);
  return value;
}

function readCount(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const value = env[name];
  return value ? parseCount(name, value) : undefined;
}

function readListen(env: NodeJS.ProcessEnv): Config['listen'] {
  const endpoint = readEndpoint(env, 'ARCBOX_LISTEN', '0.0.0.0');
  return endpoint && { ...endpoint, cert: env['ARCBOX_TLS_CERT'], key: env['ARCBOX_TLS_KEY'], clientCa: env['ARCBOX_TLS_CLIENT_CA'] };
}

/** `otherwise` is the host where none is said. */
function readEndpoint(env: NodeJS.ProcessEnv, name: string, otherwise: string): { host: string; port: number } | undefined {
  const value = env[name];
  if (!value) return undefined;
  const match = /^(?:\[(?<v6>[0-9a-f:]+)\]|(?<host>[^:]*)):(?<port>\d+)$/i.exec(value);
  const port = Number(match?.groups?.['port']);
  if (!match || port > 65535) throw new Error(`${name}: not host:port: ${value}`);
  return { host: match.groups?.['v6'] ?? (match.groups?.['host'] || otherwise), port };
}
