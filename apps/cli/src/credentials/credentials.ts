/** What a registry is shown. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** Token that stands for the password; empty when there is none. */
  readonly identityToken: string;
}

/** Name under which docker and its credential helpers know Docker Hub. */
const hubAddress = 'https://index.docker.io/v1/';

/** Host of a registry: without scheme and path, Docker Hub as `docker.io`. */
export function registryHost(server: string): string {
  const host = server.replace(/^https?:\/\//, '').split('/')[0] ?? '';
  return /^(index\.|registry-1\.)?docker\.io$/.test(host) ? 'docker.io' : host;
}

/** The key of a registry in docker's files. */
export function serverAddress(registry: string): string {
  const host = registryHost(registry);
  return host === 'docker.io' ? hubAddress : host;
}

/** As the engine takes them: base64 of JSON; empty for none. */
export function encodeCredentials(registry: string, credentials: Credentials | undefined): string {
  if (!credentials) return '';
  const { username, password, identityToken } = credentials;
  const secret = identityToken ? { identitytoken: identityToken } : { password };
  return Buffer.from(JSON.stringify({ username, ...secret, serveraddress: registryHost(registry) })).toString('base64');
}
