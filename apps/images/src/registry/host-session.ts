import { permissionDenied, unavailable } from '@arcbox/errors';
import { errorOf } from './answer-error.ts';
import { Authenticator } from './authenticator.ts';
import { discard, readBounded, steady } from './body.ts';
import { connectionError } from './connection-error.ts';
import type { Credentials } from './credentials.ts';
import { followRedirects } from './redirect.ts';
import type { RegistryHost, RegistryHosts } from './registry-hosts.ts';
import type { HttpAnswer, HttpRequest, Transport } from './transport.ts';

/** What a request is for: `what` in messages, `scope` of a token where one is needed. */
export interface Purpose {
  readonly what: string;
  readonly scope: string;
  readonly signal: AbortSignal;
}

/** One host of a registry as one user sees it: logs in where that is asked for, and shows the login nowhere else. */
export class HostSession {
  readonly host: RegistryHost;
  /** For messages: the registry as people name it, or the mirror. */
  readonly name: string;
  /** What the login is exchanged for, and its answers. */
  readonly authenticator: Authenticator;
  readonly #transport: Transport;
  readonly #hosts: RegistryHosts;
  readonly #home: URL;

  constructor(options: {
    transport: Transport;
    hosts: RegistryHosts;
    host: RegistryHost;
    domain: string;
    /** For the registry itself: a mirror never sees them. */
    credentials: Credentials | undefined;
    wantsIdentityToken?: boolean;
  }) {
    const { host, domain, credentials, wantsIdentityToken = false } = options;
    this.host = host;
    this.name = host.mirrorOf === undefined ? domain : host.authority;
    this.#transport = options.transport;
    this.#hosts = options.hosts;
    this.#home = new URL(`${host.schemes[0] ?? 'https'}://${host.authority}`);
    this.authenticator = new Authenticator({
      transport: { send: (url, request, signal) => this.#sendElsewhere(url, request, signal) },
      host: host.authority,
      isPlain: !host.schemes.includes('https'),
      credentials: host.mirrorOf === undefined ? credentials : undefined,
      wantsIdentityToken,
    });
  }

  /** One request below the path of the API, answered by whatever status. Neither redirects nor failures are followed up. */
  request(path: string, options: HttpRequest, purpose: Purpose): Promise<HttpAnswer> {
    const { mirrorOf } = this.host;
    // By this a mirror of several registries knows which one is meant.
    const query = mirrorOf === undefined ? '' : `${path.includes('?') ? '&' : '?'}ns=${encodeURIComponent(mirrorOf)}`;
    return this.#authorized(this.host.path + path + query, options, purpose);
  }

  /** One request to where an answer has pointed; another place is shown no authorization. */
  async requestAt(location: string, options: HttpRequest, purpose: Purpose): Promise<HttpAnswer> {
    const place = URL.parse(location, this.#home.href);
    if (!place || !/^https?:$/.test(place.protocol)) throw unavailable(`registry ${this.name} points to nowhere`);
    return place.host === this.#home.host
      ? this.#authorized(place.pathname + place.search, options, purpose)
      : this.#sendElsewhere(place, options, purpose.signal);
  }

  /** An answer of success, from wherever the host has it; else an error that says what its status means. */
  async get(path: string, headers: Record<string, string>, purpose: Purpose): Promise<HttpAnswer> {
    const first = await this.request(path, { headers }, purpose);
    const go = (place: URL): Promise<HttpAnswer> => this.requestAt(place.href, { headers }, purpose);
    const asked = new URL(this.host.path + path, this.#home);
    const answer = await followRedirects(first, asked, go, { name: this.name, what: purpose.what });
    if (answer.statusCode === 200 || answer.statusCode === 206) return answer;
    throw await errorOf(answer, this.name, purpose.what);
  }

  /** The chunks of an answer; DATA_LOSS when it is longer than `limit` bytes. */
  async read(answer: HttpAnswer, limit: number, { what, signal }: Purpose): Promise<Buffer> {
    try {
      return await readBounded(this.chunks(answer), limit, what);
    } catch (error) {
      signal.throwIfAborted();
      throw connectionError(error, this.name);
    }
  }

  chunks(answer: HttpAnswer): AsyncIterable<Buffer> {
    return steady(answer.body as AsyncIterable<Buffer>, this.name, this.#transport.deadlines.idle);
  }

  async #authorized(path: string, options: HttpRequest, purpose: Purpose): Promise<HttpAnswer> {
    for (let challenged = false; ; challenged = true) {
      const { header } = this.authenticator;
      const headers = { ...options.headers, ...(header === undefined ? {} : { authorization: header }) };
      const answer = await this.#transport.toHost(this.host, path, { ...options, headers }, purpose.signal);
      if (answer.statusCode !== 401) return answer;
      if (challenged) throw await this.#refused(answer, header, purpose);
      await discard(answer.body);
      await this.authenticator.answer(answer, purpose.scope, purpose.signal);
    }
  }

  /** A token was given and did not help: without a login that means there is nothing to see here. */
  async #refused(answer: HttpAnswer, header: string | undefined, { scope, what }: Purpose): Promise<Error> {
    if (header?.startsWith('Basic ') || scope === '') return errorOf(answer, this.name, what);
    await discard(answer.body);
    const [, repository = what] = scope.split(':');
    return permissionDenied(
      `registry ${this.name} denied access to ${repository}: the repository does not exist or requires a login`,
    );
  }

  #sendElsewhere(url: URL, options: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#transport.send(url, options, signal, this.#hosts.trustOf(url.host, this.host));
  }
}
