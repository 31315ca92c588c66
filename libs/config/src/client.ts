import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Paths, pathsFor } from './paths.ts';

/** What a program of the user takes from its environment. */
export interface ClientConfig {
  readonly paths: Paths;
  /** Where the gateway is: `unix:///path` or `tcp://host:port`; empty means the socket of the engine below `paths`. */
  readonly host: string;
  /** Directory with the user's own settings, such as registry credentials. */
  readonly directory: string;
  /** Directory of docker's config.json, where registry credentials are shared with other tools. */
  readonly dockerDirectory: string;
  /** Variables to hand on by name (`run -e NAME`). */
  variable(name: string): string | undefined;
}

/** Reads ARCBOX_ROOT, ARCBOX_HOST, ARCBOX_CONFIG, XDG_STATE_HOME, XDG_CONFIG_HOME and DOCKER_CONFIG. */
export function readClientConfig(env: NodeJS.ProcessEnv = process.env, uid = process.getuid?.()): ClientConfig {
  const home = env['HOME'] || homedir();
  const settings = env['XDG_CONFIG_HOME'] || join(home, '.config');
  return {
    paths: env['ARCBOX_ROOT'] ? pathsFor(resolve(env['ARCBOX_ROOT'])) : usualPaths(env, uid),
    host: env['ARCBOX_HOST'] ?? '',
    directory: env['ARCBOX_CONFIG'] || join(settings, 'arcbox'),
    dockerDirectory: env['DOCKER_CONFIG'] || join(home, '.docker'),
    variable: (name) => env[name],
  };
}

/** Somebody who is not root may keep an engine where `npm start` puts it; without one, it is that of the host. */
function usualPaths(env: NodeJS.ProcessEnv, uid = 0): Paths {
  const ofHost = pathsFor();
  if (uid === 0) return ofHost;
  const state = env['XDG_STATE_HOME'] || `${env['HOME'] || `/tmp/arcbox-${uid}`}/.local/state`;
  const own = pathsFor(join(state, 'arcbox'));
  return existsSync(own.gatewaySocket) ? own : ofHost;
}
