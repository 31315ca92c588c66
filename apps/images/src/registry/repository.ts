import { dataLoss, EngineError, permissionDenied, unavailable } from '@arcbox/errors';
import { digestOf } from '../digest.ts';
import { type Descriptor, manifestTypes, maxManifest, mediaTypeOf } from '../manifest.ts';
import { errorOf } from './answer-error.ts';
import { Authenticator } from './authenticator.ts';
import { discard, readBounded } from './body.ts';
import type { Credentials } from './credentials.ts';
import { type RetryPolicy, retrying } from './transient.ts';
import { connectionError, type HttpAnswer, type HttpRequest, type Transport } from './transport.ts';

const maxRedirects = 5;
const redirects = [301, 302, 303, 307, 308];

/** Content with the descriptor that names it. */
export interface Fetched {
  readonly descriptor: Descriptor;
  readonly content: Buffer;
}

/** One repository of a registry, as one user sees it: OCI distribution specification v1.1. */
export class RemoteRepository {
  /** Registry as people name it. */
  readonly host: string;
  readonly #transport: Transport;
  readonly #retries: RetryPolicy;
  readonly #endpoint: string;
  readonly #path: string;
  readonly #authenticator: Authenticator;

  constructor(options: {
    transport: Transport;
    retries: RetryPolicy;
    domain: string;
    path: string;
    credentials: Credentials | undefined;
  }) {
    this.host = options.domain;
    this.#transport = options.transport;
    this.#retries = options.retries;
    this.#endpoint = options.domain === 'docker.io' ? 'registry-1.docker.io' : options.domain;
    this.#path = options.path;
    this.#authenticator = new Authenticator({ ...options, host: this.#endpoint });
  }

  /** The manifest or index that a tag or digest names. `name` is for messages: `nginx:latest`. */
  async fetchManifest(tagOrDigest: string, name: string, signal: AbortSignal): Promise<Fetched> {
    const what = `manifest for ${name}`;
    return retrying(this.#retries, signal, async () => {
      const headers = { accept: manifestTypes.join(', ') };
      const answer = await this.#get(`/manifests/${tagOrDigest}`, headers, what, signal);
      const content = await this.#readBody(answer, maxManifest, what, signal);
      const digest = digestOf(content);
      const expected = tagOrDigest.includes(':') ? tagOrDigest : headerOf(answer, 'docker-content-digest');
      if (expected?.startsWith('sha256:') && expected !== digest) {
        throw dataLoss(`${what}: the content has digest ${digest}, not ${expected}`);
      }
      const served = headerOf(answer, 'content-type')?.replace(/;.*$/, '') ?? '';
      return { content, descriptor: { mediaType: mediaTypeOf(content, served, name), digest, size: content.length } };
    });
  }

  /** A small blob, verified. */
  async fetchBlob({ digest, size }: Descriptor, limit: number, what: string, signal: AbortSignal): Promise<Buffer> {
    if (size > limit) throw dataLoss(`${what}: ${size} bytes, more than ${limit}`);
    return retrying(this.#retries, signal, async () => {
      const answer = await this.#get(`/blobs/${digest}`, {}, what, signal);
      const content = await this.#readBody(answer, limit, what, signal);
      if (content.length !== size) throw dataLoss(`${what}: ${content.length} bytes instead of ${size}`);
      if (digestOf(content) !== digest) throw dataLoss(`${what}: the content does not match its digest ${digest}`);
      return content;
    });
  }

  /** Opens a blob from byte `offset` on. The answer is 200 (all of it) or 206 (from there). */
  async openBlob(digest: string, offset: number, signal: AbortSignal): Promise<HttpAnswer> {
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (offset > 0) headers['range'] = `bytes=${offset}-`;
    return this.#get(`/blobs/${digest}`, headers, `layer ${digest}`, signal);
  }

  async #get(path: string, headers: Record<string, string>, what: string, signal: AbortSignal): Promise<HttpAnswer> {
    const answer = await this.request(path, { headers }, { signal });
    const final = await this.#followRedirects(answer, headers, what, signal);
    if (final.statusCode === 200 || final.statusCode === 206) return final;
    throw await errorOf(final, this.host, what);
  }

  /**
   * One request below `/v2/<repository>`, answered by whatever status; logs in when
   * the registry asks for it. `actions` are those of the scope of a token: `pull`,
   * `pull,push`. Neither redirects nor failures are followed up.
   */
  request(
    path: string,
    options: HttpRequest,
    { signal, actions = 'pull' }: { signal: AbortSignal; actions?: string },
  ): Promise<HttpAnswer> {
    return this.#authorized(`/v2/${this.#path}${path}`, options, signal, actions);
  }

  /**
   * One request to where an answer has pointed (`Location`): the registry again,
   * logged in, or another place, which is shown no authorization.
   */
  async requestAt(
    location: string,
    options: HttpRequest,
    { signal, actions = 'pull' }: { signal: AbortSignal; actions?: string },
  ): Promise<HttpAnswer> {
    const place = URL.parse(location, `https://${this.#endpoint}`);
    if (!place || !/^https?:$/.test(place.protocol)) throw unavailable(`registry ${this.host} points to nowhere`);
    return place.host === this.#endpoint
      ? this.#authorized(place.pathname + place.search, options, signal, actions)
      : this.#transport.send(place, options, signal);
  }

  async #authorized(path: string, options: HttpRequest, signal: AbortSignal, actions = 'pull'): Promise<HttpAnswer> {
    for (let challenged = false; ; challenged = true) {
      const { header } = this.#authenticator;
      const headers = { ...options.headers, ...(header === undefined ? {} : { authorization: header }) };
      const answer = await this.#transport.toRegistry(this.#endpoint, path, { ...options, headers }, signal);
      if (answer.statusCode !== 401) return answer;
      if (challenged) throw await this.#refused(answer, header);
      await discard(answer.body);
      await this.#authenticator.answer(answer, `repository:${this.#path}:${actions}`, signal);
    }
  }

  /** A token was given and did not help: without a login that means there is nothing to see here. */
  async #refused(answer: HttpAnswer, header: string | undefined): Promise<Error> {
    if (header?.startsWith('Basic ')) return errorOf(answer, this.host, this.#path);
    await discard(answer.body);
    return permissionDenied(
      `registry ${this.host} denied access to ${this.#path}: the repository does not exist or requires a login`,
    );
  }

  /** Blobs often lie elsewhere. What the registry may see, others may not: the authorization stays behind. */
  async #followRedirects(
    first: HttpAnswer,
    headers: Record<string, string>,
    what: string,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    let answer = first;
    let place: URL | undefined;
    for (let hop = 0; redirects.includes(answer.statusCode); hop++) {
      await discard(answer.body);
      const here = place ?? new URL(`https://${this.#endpoint}`);
      const next = URL.parse(headerOf(answer, 'location') ?? '', here.href);
      if (hop === maxRedirects || !next || !/^https?:$/.test(next.protocol)) {
        throw unavailable(`registry ${this.host} redirects ${what} to nowhere`);
      }
      const isHome = next.host === this.#endpoint;
      place = isHome ? undefined : next;
      answer = isHome
        ? await this.#authorized(next.pathname + next.search, { headers }, signal)
        : await this.#transport.send(next, { headers }, signal);
    }
    return answer;
  }

  async #readBody(answer: HttpAnswer, limit: number, what: string, signal: AbortSignal): Promise<Buffer> {
    try {
      return await readBounded(answer.body, limit, what);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof EngineError ? error : connectionError(error, this.host);
    }
  }
}

export function headerOf({ headers }: HttpAnswer, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
