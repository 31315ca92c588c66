import { chmodSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { failedPrecondition } from '@arcbox/errors';
import { cannot } from '../file-failure.ts';
import { type Credentials, registryHost, serverAddress } from './credentials.ts';

interface Entry {
  /** Base64 of `user:password`. */
  readonly auth?: string;
  readonly identitytoken?: string;
}

interface Content {
  readonly auths?: Readonly<Record<string, Entry>>;
  /** Helper for all registries that have none of their own. */
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

/**
 * A file laid out as docker's config.json; what else is in it stays. It need not exist.
 * https://docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties
 */
export class AuthFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  find(registry: string): Credentials | undefined {
    const host = registryHost(registry);
    for (const [server, entry] of Object.entries(this.#read().auths ?? {})) {
      const found = registryHost(server) === host ? decode(entry) : undefined;
      if (found) return found;
    }
    return undefined;
  }

  /** Name of the helper that keeps the credentials for a registry; undefined when this file does. */
  helperFor(registry: string): string | undefined {
    const { credsStore, credHelpers = {} } = this.#read();
    const host = registryHost(registry);
    return Object.entries(credHelpers).find(([server]) => registryHost(server) === host)?.[1] ?? credsStore;
  }

  /** Hosts that there may be credentials for, here or with a helper. */
  registries(): string[] {
    const { auths = {}, credHelpers = {} } = this.#read();
    return [...new Set([...Object.keys(auths), ...Object.keys(credHelpers)].map(registryHost))];
  }

  keep(registry: string, { username, password, identityToken }: Credentials): void {
    const auth = Buffer.from(`${username}:${identityToken ? '' : password}`).toString('base64');
    this.#replace(registry, { auth, ...(identityToken ? { identitytoken: identityToken } : {}) });
  }

  /** Notes that a helper keeps the credentials, as docker does. */
  mark(registry: string): void {
    this.#replace(registry, {});
  }

  /** False when there was nothing to forget. */
  forget(registry: string): boolean {
    return this.#replace(registry, undefined);
  }

  #replace(registry: string, entry: Entry | undefined): boolean {
    const content = this.#read();
    const host = registryHost(registry);
    const known = Object.entries(content.auths ?? {});
    const others = known.filter(([server]) => registryHost(server) !== host);
    if (!entry && others.length === known.length) return false;
    const auths = Object.fromEntries(entry ? [...others, [serverAddress(registry), entry]] : others);
    this.#write({ ...content, auths });
    return true;
  }

  #read(): Content {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw cannot('read', this.path, error);
    }
    try {
      return JSON.parse(text) as Content;
    } catch (error) {
      throw failedPrecondition(`${this.path} is not JSON`, error);
    }
  }

  /** Whole or not at all, readable by the user alone. Behind a symbolic link the file that it points to changes. */
  #write(content: Content): void {
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      const target = realPath(this.path);
      const draft = `${target}.${process.pid}`;
      writeFileSync(draft, `${JSON.stringify(content, null, '\t')}\n`, { mode: 0o600, flush: true });
      chmodSync(draft, 0o600);
      renameSync(draft, target);
    } catch (error) {
      throw cannot('write', this.path, error);
    }
  }
}

function decode({ auth = '', identitytoken = '' }: Entry): Credentials | undefined {
  const decoded = Buffer.from(auth, 'base64').toString();
  const colon = decoded.indexOf(':');
  if (colon < 1 && !identitytoken) return undefined;
  const password = decoded.slice(colon + 1).replace(/\0+$/, '');
  return { username: decoded.slice(0, Math.max(0, colon)), password, identityToken: identitytoken };
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return path;
    throw error;
  }
}
