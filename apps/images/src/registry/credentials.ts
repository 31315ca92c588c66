import { invalidArgument } from '@arcbox/errors';
import { isDomain } from '@arcbox/reference';

/** What a registry is shown. Lives as long as the call that brought it; never stored or logged. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** OAuth2 refresh token, instead of a password. */
  readonly identityToken: string;
}

/** Credentials and the registry that they are for, as it stands in references. */
export interface Login {
  readonly domain: string;
  readonly credentials: Credentials;
}

/**
 * Reads Docker's `auth`: base64 of {username, password, identitytoken,
 * serveraddress}. Undefined when it is empty. Credentials for another registry
 * than `host` are refused, not sent.
 */
export function parseCredentials(auth: string, host: string): Credentials | undefined {
  if (auth === '') return undefined;
  const { server, credentials } = read(auth);
  if (server !== '' && server !== host)
    throw invalidArgument(`the credentials are for ${server}, but the image is on ${host}`);
  return credentials;
}

/** The same, for Docker Hub when it names no server. INVALID_ARGUMENT when there is nothing to show. */
export function parseLogin(auth: string): Login {
  const { server, credentials } = read(auth);
  const domain = server || 'docker.io';
  if (!isDomain(domain)) throw invalidArgument(`${JSON.stringify(domain)} is not a registry`);
  if (!credentials) throw invalidArgument(`auth holds neither a username nor an identitytoken for ${domain}`);
  return { domain, credentials };
}

function read(auth: string): { server: string; credentials: Credentials | undefined } {
  const { username = '', password = '', identitytoken = '', serveraddress = '', registrytoken } = decode(auth);
  if (registrytoken) throw invalidArgument('auth: registrytoken is not supported, use identitytoken');
  const isEmpty = username === '' && identitytoken === '';
  return {
    server: hostOf(serveraddress),
    credentials: isEmpty ? undefined : { username, password, identityToken: identitytoken },
  };
}

function decode(auth: string): { [field: string]: string | undefined } {
  const fields = parse(Buffer.from(auth, 'base64').toString('utf8'));
  if (typeof fields !== 'object' || fields === null) throw malformed();
  for (const value of Object.values(fields)) if (typeof value !== 'string') throw malformed();
  return fields as { [field: string]: string };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed();
  }
}

/** `https://index.docker.io/v1/` is what clients have always written for Docker Hub. */
function hostOf(address: string): string {
  const host = address.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
}

// Without a cause: it might quote the secret.
const malformed = (): Error => invalidArgument('auth is not the base64 of a JSON object of strings');
