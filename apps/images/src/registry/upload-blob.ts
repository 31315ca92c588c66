import { EngineError, isKind } from '@arcbox/errors';
import type { Digest } from '../image/digest.ts';
import { errorOf } from './answer-error.ts';
import { discard } from './body.ts';
import type { RemoteRepository } from './repository.ts';
import { pauseBefore, type RetryPolicy, retrying, TransientError } from './transient.ts';
import { requestUpload } from './upload-request.ts';
import { UploadSession, type UploadSource } from './upload-session.ts';

/** Chunks where the registry, or a proxy before it, does not take a blob in one piece; bytes. */
const chunks = { largest: 32 * 2 ** 20, smallest: 2 ** 19 };

/** How far a blob is, in Docker's words; `current` counts bytes sent. */
export interface UploadNews {
  readonly status: string;
  readonly current?: number;
}

/** Whether the repository has the blob. */
export function hasBlob(
  repository: RemoteRepository,
  digest: Digest,
  { retries, signal }: { retries: RetryPolicy; signal: AbortSignal },
): Promise<boolean> {
  return retrying(retries, signal, async () => {
    const answer = await requestUpload(repository, { path: `/blobs/${digest}` }, { method: 'HEAD' }, signal);
    // Storage elsewhere that wants another method than HEAD: whoever knows the place has the blob.
    const isElsewhere = answer.statusCode === 302 || answer.statusCode === 303;
    if (answer.statusCode !== 200 && answer.statusCode !== 404 && !isElsewhere) {
      throw await errorOf(answer, repository.host, `blob ${digest}`);
    }
    await discard(answer.body);
    return answer.statusCode !== 404;
  });
}

/**
 * An upload of one blob: in one piece, or in chunks when the registry asks for
 * them or finds the whole too large; taken up again where a connection broke.
 */
export class BlobUpload implements AsyncDisposable {
  readonly #repository: RemoteRepository;
  readonly #source: UploadSource;
  readonly #retries: RetryPolicy;
  #session: UploadSession | undefined;
  #isBroken = false;
  #confirmed = 0;
  #chunk = Infinity;

  constructor(repository: RemoteRepository, source: UploadSource, retries: RetryPolicy) {
    this.#repository = repository;
    this.#source = source;
    this.#retries = retries;
  }

  /** The repository of `from` that had the blob; undefined when none did, or none may be read. */
  async mount(from: readonly string[], signal: AbortSignal): Promise<string | undefined> {
    for (const path of from) {
      await this.#giveUp();
      try {
        const { digest } = this.#source;
        this.#session = await UploadSession.mount(this.#repository, { digest, from: path }, signal);
        if (!this.#session) return path;
      } catch (error) {
        signal.throwIfAborted();
        // It would have been a short cut; what is wrong with the registry itself, the upload will tell.
        if (!(error instanceof EngineError || error instanceof TransientError)) throw error;
      }
    }
    return undefined;
  }

  /** Sends the bytes. The tries count anew whenever something has arrived. */
  async send(signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#try(signal);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (await this.#shrink(error)) continue;
        if (this.#hasAdvanced()) attempt = 1;
        const isUnderWay = this.#session !== undefined;
        await pauseBefore(this.#retries, attempt, isUnderWay ? patient(error) : error, signal);
        this.#isBroken = isUnderWay;
      }
    }
  }

  /** An upload that is not finished is taken back. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#giveUp();
  }

  async #try(signal: AbortSignal): Promise<void> {
    if (this.#isBroken && !(await this.#session?.resume(signal))) this.#session = undefined;
    this.#isBroken = false;
    const session = (this.#session ??= await UploadSession.open(this.#repository, this.#source.digest, signal));
    const source = this.#source;
    if (session.offset === 0 && session.smallestChunk === 0 && this.#chunk >= source.size) {
      await session.putWhole(source, signal);
    } else {
      const chunk = session.smallestChunk > 0 ? Math.min(this.#chunk, chunks.largest) : this.#chunk;
      const step = Math.max(chunk, session.smallestChunk);
      while (session.offset < source.size) {
        await session.patch(source, Math.min(source.size, session.offset + step), signal);
      }
      await session.close(source.digest, signal);
    }
    this.#session = undefined;
  }

  /** After "too large", once more in smaller pieces; false when it was not that, or they cannot be smaller. */
  async #shrink(error: unknown): Promise<boolean> {
    if (!isKind(error, 'resource-exhausted')) return false;
    const sent = Math.min(this.#chunk, this.#source.size);
    const smallest = Math.max(chunks.smallest, this.#session?.smallestChunk ?? 0);
    let chunk = Math.min(this.#chunk, chunks.largest);
    while (chunk >= sent && chunk > smallest) chunk = Math.max(smallest, chunk / 4);
    if (chunk >= sent) return false;
    this.#chunk = chunk;
    await this.#giveUp();
    return true;
  }

  #hasAdvanced(): boolean {
    const before = this.#confirmed;
    this.#confirmed = Math.max(before, this.#session?.offset ?? 0);
    return this.#confirmed > before;
  }

  async #giveUp(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.cancel();
  }
}

/** Once an upload is under way, a registry that refuses connections is only restarting. */
function patient(error: unknown): unknown {
  return isKind(error, 'unavailable') ? new TransientError(error) : error;
}
