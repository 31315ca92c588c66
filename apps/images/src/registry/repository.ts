import { dataLoss, EngineError, failedPrecondition, isKind, messageOf } from '@arcbox/errors';
import { digestOf } from '../image/digest.ts';
import { type Descriptor, manifestTypes, maxManifest, mediaTypeOf } from '../image/manifest.ts';
import type { BlobPlace } from './download.ts';
import { FalseContent } from './false-content.ts';
import { ForeignPlace, parseForeignUrl } from './foreign-place.ts';
import type { Credentials } from './credentials.ts';
import type { Capability } from './hosts-file.ts';
import { HostSession, type Purpose } from './host-session.ts';
import { headerOf } from './redirect.ts';
import type { RegistryHosts } from './registry-hosts.ts';
import { tellAlong } from './tell-along.ts';
import type { Trust } from './trust.ts';
import { briefly, type RetryPolicy, retrying } from './transient.ts';
import type { HttpAnswer, HttpRequest, Transport } from './transport.ts';

export { headerOf } from './redirect.ts';

/** Content with the descriptor that names it. */
export interface Fetched {
  readonly descriptor: Descriptor;
  readonly content: Buffer;
}

/** One repository of a registry, as one user sees it, with all mirrors of it: OCI distribution specification v1.1. */
export class RemoteRepository {
  /** Registry as people name it. */
  readonly host: string;
  readonly retries: RetryPolicy;
  readonly #path: string;
  readonly #transport: Transport;
  readonly #hosts: RegistryHosts;
  readonly #sessions: readonly HostSession[];
  /** Mirrors that are not there: nothing more is asked of them. */
  readonly #down = new Set<string>();
  readonly #false = new FalseContent();

  constructor(options: {
    transport: Transport;
    hosts: RegistryHosts;
    retries: RetryPolicy;
    domain: string;
    path: string;
    credentials: Credentials | undefined;
  }) {
    this.host = options.domain;
    this.retries = options.retries;
    this.#path = options.path;
    this.#transport = options.transport;
    this.#hosts = options.hosts;
    this.#sessions = options.hosts.of(options.domain).map((host) => new HostSession({ ...options, host }));
  }

  /** The manifest or index that a tag or digest names. `name` is for messages: `nginx:latest`. */
  async fetchManifest(tagOrDigest: string, name: string, signal: AbortSignal): Promise<Fetched> {
    const isDigest = tagOrDigest.includes(':');
    const purpose = this.#purpose(`manifest for ${name}`, signal);
    return this.#fromAny(isDigest ? 'pull' : 'resolve', signal, async (session) => {
      const headers = { accept: manifestTypes.join(', ') };
      const answer = await session.get(this.#at(`/manifests/${tagOrDigest}`), headers, purpose);
      const content = await session.read(answer, maxManifest, purpose);
      const digest = digestOf(content);
      const expected = isDigest ? tagOrDigest : headerOf(answer, 'docker-content-digest');
      if (expected?.startsWith('sha256:') && expected !== digest) {
        throw dataLoss(`${purpose.what}: the content has digest ${digest}, not ${expected}`);
      }
      const served = headerOf(answer, 'content-type')?.replace(/;.*$/, '') ?? '';
      return { content, descriptor: { mediaType: mediaTypeOf(content, served, name), digest, size: content.length } };
    });
  }

  /** A small blob, verified. */
  async fetchBlob({ digest, size }: Descriptor, limit: number, what: string, signal: AbortSignal): Promise<Buffer> {
    if (size > limit) throw dataLoss(`${what}: ${size} bytes, more than ${limit}`);
    const purpose = this.#purpose(what, signal);
    return this.#fromAny('pull', signal, async (session) => {
      const answer = await session.get(this.#at(`/blobs/${digest}`), {}, purpose);
      const content = await session.read(answer, limit, purpose);
      if (content.length !== size) throw dataLoss(`${what}: ${content.length} bytes instead of ${size}`);
      if (digestOf(content) !== digest) throw dataLoss(`${what}: the content does not match its digest ${digest}`);
      return content;
    });
  }

  /** Where a layer may be had, in the order to try. The last are the addresses that its descriptor itself gives. */
  placesOf({ digest, urls = [] }: Descriptor): BlobPlace[] {
    const what = `layer ${digest}`;
    const hosts = this.#able('pull').map((session): BlobPlace => ({
      name: session.name,
      chunks: (answer) => session.chunks(answer),
      open: (headers, signal) => session.get(this.#at(`/blobs/${digest}`), headers, this.#purpose(what, signal)),
    }));
    const places = [...hosts, ...this.#foreignPlaces(urls, what)];
    return this.#false.without(digest, places);
  }

  noteAsked({ digest }: Descriptor, place: BlobPlace): void {
    this.#false.noteAsked(digest, place);
  }

  /** What came as this layer was something else: false when there is nobody else to ask for it. */
  distrust(blob: Descriptor): boolean {
    return this.#false.note(blob.digest, this.placesOf(blob));
  }

  /** One that is not there is not asked again for the rest of the operation. */
  noteFailure({ name }: { readonly name: string }, error: EngineError): void {
    if (isKind(error, 'unavailable')) this.#down.add(name);
  }

  #foreignPlaces(urls: readonly string[], what: string): BlobPlace[] {
    const [registry] = this.#sessions.slice(-1);
    if (!registry) return [];
    const trustOf = (host: string): Trust => this.#hosts.trustOf(host, registry.host);
    return urls
      .map((url) => parseForeignUrl(url, this.host))
      .filter((url) => url !== undefined)
      .map((url) => new ForeignPlace(this.#transport, url, what, trustOf));
  }

  /**
   * One request below `/v2/<repository>` of the host that takes pushes, answered by
   * whatever status; logs in when it asks for that. `actions` are those of the
   * scope of a token: `pull`, `pull,push`. Neither redirects nor failures are
   * followed up.
   */
  async request(
    path: string,
    options: HttpRequest,
    { signal, actions = 'pull' }: { signal: AbortSignal; actions?: string },
  ): Promise<HttpAnswer> {
    return this.#pushed().request(this.#at(path), options, this.#purpose(this.#path, signal, actions));
  }

  /** One request to where an answer to `request` has pointed (`Location`); another place is shown no authorization. */
  async requestAt(
    location: string,
    options: HttpRequest,
    { signal, actions = 'pull' }: { signal: AbortSignal; actions?: string },
  ): Promise<HttpAnswer> {
    return this.#pushed().requestAt(location, options, this.#purpose(this.#path, signal, actions));
  }

  #pushed(): HostSession {
    return this.#able('push')[0] as HostSession;
  }

  #at(path: string): string {
    return `/${this.#path}${path}`;
  }

  #purpose(what: string, signal: AbortSignal, actions = 'pull'): Purpose {
    return { what, signal, scope: `repository:${this.#path}:${actions}` };
  }

  /** At least one. */
  #able(capability: Capability): HostSession[] {
    const able = this.#sessions.filter(({ host }) => host.capabilities.includes(capability));
    if (able.length === 0) throw failedPrecondition(`no host of ${this.host} is configured to ${capability}`);
    const up = able.filter(({ name }) => !this.#down.has(name));
    return up.length > 0 ? up : able.slice(-1);
  }

  /** What the first host has that can give it. The last one's failure is the user's; those before it are told along. */
  async #fromAny<T>(capability: Capability, signal: AbortSignal, ask: (session: HostSession) => Promise<T>): Promise<T> {
    const sessions = this.#able(capability);
    const failures: string[] = [];
    for (const [index, session] of sessions.entries()) {
      const isLast = index === sessions.length - 1;
      try {
        return await retrying(isLast ? this.retries : briefly(this.retries), signal, () => ask(session));
      } catch (error) {
        signal.throwIfAborted();
        if (isLast || !(error instanceof EngineError)) throw tellAlong(error, failures);
        failures.push(`${session.name}: ${messageOf(error)}`);
        this.noteFailure(session, error);
      }
    }
    throw failedPrecondition(`no host of ${this.host} can be asked`);
  }
}
