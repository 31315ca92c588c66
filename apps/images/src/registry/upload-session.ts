import type { Readable } from 'node:stream';
import { notFound, unavailable } from '@arcbox/errors';
import type { Digest } from '../image/digest.ts';
import { errorOf } from './answer-error.ts';
import { discard } from './body.ts';
import { headerOf, type RemoteRepository } from './repository.ts';
import { TransientError } from './transient.ts';
import type { HttpAnswer, HttpRequest } from './transport.ts';
import { requestUpload } from './upload-request.ts';

/** A blob that is here, and the way to its bytes. */
export interface UploadSource {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** The bytes from `start` on, up to but without `end`. */
  open(start: number, end: number): Readable;
}

/** Registries move large blobs to their place before they answer; milliseconds. */
const patience = 5 * 60_000;

/** For a farewell that nobody waits for long; milliseconds. */
const cancelTime = 3_000;

/** An upload that a registry has opened: OCI distribution specification v1.1, "Pushing blobs". */
export class UploadSession {
  readonly #repository: RemoteRepository;
  /** The registry takes no smaller chunks, the last excepted; 0 when it does not say. Bytes. */
  readonly smallestChunk: number;
  #location: string;
  #offset = 0;

  private constructor(repository: RemoteRepository, answer: HttpAnswer) {
    this.#repository = repository;
    this.#location = locationOf(answer, repository);
    this.smallestChunk = Number(headerOf(answer, 'oci-chunk-min-length') ?? 0) || 0;
  }

  static async open(repository: RemoteRepository, digest: Digest, signal: AbortSignal): Promise<UploadSession> {
    const answer = await requestUpload(repository, { path: '/blobs/uploads/' }, emptyPost, signal);
    if (answer.statusCode !== 202) throw await errorOf(answer, repository.host, `blob ${digest}`);
    await discard(answer.body);
    return new UploadSession(repository, answer);
  }

  /**
   * Asks the registry to take the blob from another of its repositories. Undefined
   * when it has; else the upload that it has opened instead.
   */
  static async mount(
    repository: RemoteRepository,
    { digest, from }: { digest: Digest; from: string },
    signal: AbortSignal,
  ): Promise<UploadSession | undefined> {
    const path = `/blobs/uploads/?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
    const answer = await requestUpload(repository, { path }, emptyPost, signal);
    const isMounted = answer.statusCode === 201;
    if (!isMounted && answer.statusCode !== 202) {
      throw await errorOf(answer, repository.host, `blob ${digest} of ${from}`);
    }
    await discard(answer.body);
    return isMounted ? undefined : new UploadSession(repository, answer);
  }

  /** Bytes that the registry has confirmed. */
  get offset(): number {
    return this.#offset;
  }

  /** Everything in one request. */
  async putWhole({ digest, size, open }: UploadSource, signal: AbortSignal): Promise<void> {
    const headers = { 'content-type': octets, 'content-length': String(size) };
    await this.#finish(digest, { headers, body: size === 0 ? '' : () => open(0, size), patience }, signal);
  }

  /** The next chunk: from the offset up to but without `end`. */
  async patch({ digest, open }: UploadSource, end: number, signal: AbortSignal): Promise<void> {
    const start = this.#offset;
    const headers = {
      'content-type': octets,
      'content-length': String(end - start),
      'content-range': `${start}-${end - 1}`,
    };
    const body = (): Readable => open(start, end);
    const answer = await this.#request({ method: 'PATCH', headers, body, patience }, signal);
    if (answer.statusCode !== 202 && answer.statusCode !== 204) throw await this.#failure(answer, `blob ${digest}`);
    await discard(answer.body);
    this.#take(answer, end);
    if (this.#offset <= start) throw lost(`blob ${digest}`, this.#repository);
  }

  /** Everything is there: it becomes a blob. */
  async close(digest: Digest, signal: AbortSignal): Promise<void> {
    await this.#finish(digest, { headers: { 'content-length': '0' }, patience }, signal);
  }

  /** Asks how much has arrived; false when the registry knows nothing of the upload any more. */
  async resume(signal: AbortSignal): Promise<boolean> {
    const answer = await this.#request({}, signal);
    if (answer.statusCode >= 500 || answer.statusCode === 429) throw await this.#failure(answer, 'the upload');
    await discard(answer.body);
    if (answer.statusCode !== 204 && answer.statusCode !== 202) return false;
    this.#take(answer, 0);
    return true;
  }

  /** Tells the registry that nothing more comes. It finds out by itself if this does not reach it. */
  async cancel(): Promise<void> {
    await this.#request({ method: 'DELETE' }, AbortSignal.timeout(cancelTime)).then(
      ({ body }) => discard(body),
      () => {},
    );
  }

  #request(options: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    return requestUpload(this.#repository, { location: this.#location }, options, signal);
  }

  async #finish(digest: Digest, options: HttpRequest, signal: AbortSignal): Promise<void> {
    const location = `${this.#location}${this.#location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
    const answer = await requestUpload(this.#repository, { location }, { ...options, method: 'PUT' }, signal);
    if (answer.statusCode !== 201 && answer.statusCode !== 204) throw await this.#failure(answer, `blob ${digest}`);
    await discard(answer.body);
  }

  /** `Range` says `0-<last byte>`; registries write `0-0` for nothing, too. */
  #take(answer: HttpAnswer, assumed: number): void {
    this.#location = headerOf(answer, 'location') ?? this.#location;
    const last = /^(?:bytes=)?0-(\d+)$/.exec(headerOf(answer, 'range') ?? '')?.[1];
    if (last === undefined) this.#offset = assumed;
    else this.#offset = last === '0' ? Math.min(assumed, 1) : Number(last) + 1;
  }

  /** An upload that the registry has lost, or sees at another offset, can be asked for or begun again. */
  async #failure(answer: HttpAnswer, what: string): Promise<Error> {
    if (answer.statusCode !== 404 && answer.statusCode !== 416) return errorOf(answer, this.#repository.host, what);
    await discard(answer.body);
    return lost(what, this.#repository);
  }
}

const octets = 'application/octet-stream';
const emptyPost: HttpRequest = { method: 'POST', headers: { 'content-length': '0' } };

function lost(what: string, { host }: RemoteRepository): TransientError {
  return new TransientError(unavailable(`registry ${host} has lost the upload of ${what}`));
}

function locationOf(answer: HttpAnswer, { host }: RemoteRepository): string {
  const location = headerOf(answer, 'location');
  if (location === undefined) throw notFound(`registry ${host} does not say where to upload`);
  return location;
}
