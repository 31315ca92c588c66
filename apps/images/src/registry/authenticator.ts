import { permissionDenied, unauthenticated, unavailable } from '@arcbox/errors';
import { errorOf } from './answer-error.ts';
import { readBounded } from './body.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { connectionError } from './connection-error.ts';
import type { Credentials } from './credentials.ts';
import { mergeScopes } from './scope.ts';
import { isLoopback } from './loopback.ts';
import type { HttpAnswer, HttpRequest } from './transport.ts';

/** A token is a few KiB; bytes. */
const maxToken = 1024 * 1024;

export interface AuthenticatorOptions {
  /** Sends to token servers. */
  readonly transport: { send(url: URL, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> };
  readonly host: string;
  /** The host is configured to speak plain HTTP: then so may a token server on it. */
  readonly isPlain?: boolean;
  readonly credentials: Credentials | undefined;
  /** Asks token servers for one. */
  readonly wantsIdentityToken?: boolean;
}

/**
 * Answers the challenges of one registry with one set of credentials: Basic, or
 * Bearer with a token from the registry's token server (the distribution
 * project's "Token Authentication" and "OAuth2").
 */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #host: string;
  readonly #credentials: Credentials | undefined;
  #header: string | undefined;
  #identityToken = '';

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#host = options.host;
    this.#credentials = options.credentials;
  }

  /** What a token server gave to be shown instead of the password from now on; empty when it gave nothing. */
  get identityToken(): string {
    return this.#identityToken;
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
    const url = parseRealm(realm, this.#options);
    // The registry names what this request needs; the scope, what the next ones will.
    const scopes = mergeScopes(scope, parameters['scope'] ?? '');
    const answer = await this.#options.transport.send(...this.#tokenRequest(url, service, scopes), signal);
    // RFC 6749, 5.2: a refresh token that is no good is a bad request.
    const isStale = answer.statusCode === 400 && Boolean(this.#credentials?.identityToken);
    if (isStale || answer.statusCode === 401 || answer.statusCode === 403) throw await this.#refused(answer);
    if (answer.statusCode !== 200) throw await errorOf(answer, url.host, 'a token');
    const { token, identityToken } = tokensIn(await this.#read(answer, url.host, signal));
    if (token === '') throw unavailable(`token server ${url.host} gave no token`);
    this.#identityToken = identityToken || this.#identityToken;
    return token;
  }

  async #read(answer: HttpAnswer, host: string, signal: AbortSignal): Promise<Buffer> {
    try {
      return await readBounded(answer.body as AsyncIterable<Buffer>, maxToken, `the answer of token server ${host}`);
    } catch (error) {
      signal.throwIfAborted();
      throw connectionError(error, host);
    }
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
        ...(this.#options.wantsIdentityToken ? { access_type: 'offline' } : {}),
      };
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      return [url, { method: 'POST', headers, body: new URLSearchParams(form).toString() }];
    }
    if (service !== '') url.searchParams.set('service', service);
    for (const one of scope.split(' ')) if (one !== '') url.searchParams.append('scope', one);
    if (!credentials) return [url, {}];
    url.searchParams.set('account', credentials.username);
    if (this.#options.wantsIdentityToken) {
      url.searchParams.set('client_id', 'arcbox');
      url.searchParams.set('offline_token', 'true');
    }
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
function parseRealm(realm: string | undefined, { host, isPlain, credentials }: AuthenticatorOptions): URL {
  const url = URL.parse(realm ?? '');
  if (!url || !/^https?:$/.test(url.protocol)) throw unavailable(`registry ${host} names no token server`);
  // A registry elsewhere must not lead them to whoever listens on our loopback.
  const isOfHost = isPlain === true && url.host === host;
  const mayBePlain = isOfHost || (isLoopback(url.host) && isLoopback(host));
  if (url.protocol === 'http:' && credentials && !mayBePlain) {
    throw unavailable(`token server ${url.host} of registry ${host} does not use HTTPS: it gets no credentials`);
  }
  return url;
}

/** Empty where there is none. */
function tokensIn(body: Buffer): { token: string; identityToken: string } {
  try {
    const fields = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    const text = (value: unknown): string => (typeof value === 'string' ? value : '');
    return {
      token: text(fields['token']) || text(fields['access_token']),
      identityToken: text(fields['refresh_token']),
    };
  } catch {
    return { token: '', identityToken: '' };
  }
}
