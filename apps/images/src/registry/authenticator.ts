import { permissionDenied, unauthenticated, unavailable } from '@arcbox/errors';
import { errorOf } from './answer-error.ts';
import { readBounded } from './body.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { mergeScopes } from './scope.ts';
import { type HttpAnswer, type HttpRequest, isLoopback, type Transport } from './transport.ts';

/** A token is a few KiB; bytes. */
const maxToken = 1024 * 1024;

/**
 * Answers the challenges of one registry with one set of credentials: Basic, or
 * Bearer with a token from the registry's token server (the distribution
 * project's "Token Authentication" and "OAuth2").
 */
export class Authenticator {
  readonly #transport: Transport;
  readonly #host: string;
  readonly #credentials: Credentials | undefined;
  #header: string | undefined;

  constructor(options: { transport: Transport; host: string; credentials: Credentials | undefined }) {
    this.#transport = options.transport;
    this.#host = options.host;
    this.#credentials = options.credentials;
  }

  /** Authorization header for the next request; undefined before the first challenge. */
  get header(): string | undefined {
    return this.#header;
  }

  /**
   * Takes up the challenge of a 401 for `scope`; after it `header` is to be
   * tried. Throws when there is no more to show.
   */
  async answer(response: HttpAnswer, scope: string, signal: AbortSignal): Promise<void> {
    const header = response.headers['www-authenticate'];
    const challenges = parseChallenges(Array.isArray(header) ? header.join(', ') : (header ?? ''));
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    const basic = challenges.find(({ scheme }) => scheme === 'basic');
    if (bearer) this.#header = `Bearer ${await this.#fetchToken(bearer, scope, signal)}`;
    else if (basic && this.#credentials?.username) this.#header = basicHeader(this.#credentials);
    else if (basic) throw unauthenticated(`registry ${this.#host} requires a login`);
    else throw unauthenticated(`registry ${this.#host} asks for a login of a kind that is not supported`);
  }

  async #fetchToken({ parameters }: Challenge, scope: string, signal: AbortSignal): Promise<string> {
    const { realm, service = '' } = parameters;
    const url = parseRealm(realm, this.#host, this.#credentials !== undefined);
    // The registry names what this request needs; the scope, what the next ones will.
    const scopes = mergeScopes(scope, parameters['scope'] ?? '');
    const answer = await this.#transport.send(...this.#tokenRequest(url, service, scopes), signal);
    // RFC 6749, 5.2: a refresh token that is no good is a bad request.
    const isStale = answer.statusCode === 400 && Boolean(this.#credentials?.identityToken);
    if (isStale || answer.statusCode === 401 || answer.statusCode === 403) throw await this.#refused(answer);
    if (answer.statusCode !== 200) throw await errorOf(answer, url.host, 'a token');
    const body = await readBounded(answer.body, maxToken);
    const token = tokenIn(body);
    if (token === undefined) throw unavailable(`token server ${url.host} gave no token`);
    return token;
  }

  #tokenRequest(url: URL, service: string, scope: string): [URL, HttpRequest] {
    const credentials = this.#credentials;
    if (credentials?.identityToken) {
      const form = {
        grant_type: 'refresh_token',
        service,
        scope,
        client_id: 'arcbox',
        refresh_token: credentials.identityToken,
      };
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      return [url, { method: 'POST', headers, body: new URLSearchParams(form).toString() }];
    }
    if (service !== '') url.searchParams.set('service', service);
    for (const one of scope.split(' ')) if (one !== '') url.searchParams.append('scope', one);
    if (!credentials) return [url, {}];
    url.searchParams.set('account', credentials.username);
    return [url, { headers: { authorization: basicHeader(credentials) } }];
  }

  async #refused(answer: HttpAnswer): Promise<Error> {
    if (this.#credentials) return errorOf({ ...answer, statusCode: 401 }, this.#host, 'a token');
    await answer.body.dump();
    return permissionDenied(`registry ${this.#host} denied access: the repository does not exist or requires a login`);
  }
}

function basicHeader({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Credentials are sent there, so it must be a place that may have them. */
function parseRealm(realm: string | undefined, host: string, hasCredentials: boolean): URL {
  const url = URL.parse(realm ?? '');
  if (!url || !/^https?:$/.test(url.protocol)) throw unavailable(`registry ${host} names no token server`);
  // A registry elsewhere must not lead them to whoever listens on our loopback.
  if (url.protocol === 'http:' && hasCredentials && !(isLoopback(url.host) && isLoopback(host))) {
    throw unavailable(`token server ${url.host} of registry ${host} does not use HTTPS: it gets no credentials`);
  }
  return url;
}

function tokenIn(body: Buffer): string | undefined {
  try {
    const { token, access_token: accessToken } = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    return [token, accessToken].find((value): value is string => typeof value === 'string' && value !== '');
  } catch {
    return undefined;
  }
}
