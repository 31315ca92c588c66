import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a registry is shown, as `PullImageRequest.auth` takes it. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

interface AuthFile {
  readonly auths?: Readonly<Record<string, { readonly auth?: string }>>;
}

const fileIn = (directory: string): string => join(directory, 'auth.json');

/** Host of a registry as the file has it: without scheme and path, Docker Hub as `docker.io`. */
export function registryHost(server: string): string {
  const host = server.replace(/^https?:\/\//, '').split('/')[0] ?? '';
  return /^(index\.|registry-1\.)?docker\.io$/.test(host) ? 'docker.io' : host;
}

/** Kept credentials for a registry: `<directory>/auth.json`, laid out as docker's config.json. */
export function readCredentials(directory: string, registry: string): Credentials | undefined {
  for (const [server, { auth }] of Object.entries(readFile(directory).auths ?? {})) {
    if (registryHost(server) !== registryHost(registry) || !auth) continue;
    const decoded = Buffer.from(auth, 'base64').toString();
    const colon = decoded.indexOf(':');
    if (colon > 0) return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
  }
  return undefined;
}

/** Keeps credentials, readable by the user alone; undefined forgets them. False when there was nothing to forget. */
export function keepCredentials(directory: string, registry: string, credentials: Credentials | undefined): boolean {
  const file = readFile(directory);
  const host = registryHost(registry);
  const others = Object.entries(file.auths ?? {}).filter(([server]) => registryHost(server) !== host);
  const known = others.length < Object.keys(file.auths ?? {}).length;
  if (!credentials && !known) return false;
  const auth = credentials && Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
  const auths = Object.fromEntries(auth ? [...others, [host, { auth }]] : others);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const draft = `${fileIn(directory)}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify({ ...file, auths }, null, 2)}\n`, { mode: 0o600, flush: true });
  chmodSync(draft, 0o600);
  renameSync(draft, fileIn(directory));
  return true;
}

/** As the engine takes them. */
export function encodeCredentials(registry: string, credentials: Credentials | undefined): string {
  if (!credentials) return '';
  return Buffer.from(JSON.stringify({ ...credentials, serveraddress: registryHost(registry) })).toString('base64');
}

function readFile(directory: string): AuthFile {
  let text: string;
  try {
    text = readFileSync(fileIn(directory), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return JSON.parse(text) as AuthFile;
  } catch (error) {
    throw new Error(`${fileIn(directory)} is not JSON`, { cause: error });
  }
}
