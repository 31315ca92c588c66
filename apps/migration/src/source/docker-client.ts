import type { Duplex, Readable } from 'node:stream';
import { dataLoss, EngineError, type ErrorKind, messageOf, unavailable } from '@arcbox/errors';
import { comingInTime } from '@arcbox/stream';
import { Agent, type Dispatcher } from 'undici';

/** How the engine on the other side is reached. */
export type Dial = () => Promise<Duplex>;

export interface Question {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  /** Below the version, as `/containers/json`. */
  readonly path: string;
  readonly query?: { readonly [name: string]: string | readonly string[] };
  readonly body?: object;
  readonly signal: AbortSignal;
  /** Milliseconds until the answer has to begin, or to end where nothing is read of it. */
  readonly patience?: number;
}

/** Another engine may be busy, and may stop a container before it answers; milliseconds. */
const usualPatience = 60_000;

/** Between two pieces of a stream; milliseconds. */
const silence = 120_000;

/** Descriptions of one thing are no larger; bytes. */
const largestAnswer = 64 * 1024 * 1024;

/** What is read of an answer that only says why there is none; bytes. */
const largestRefusal = 64 * 1024;

/** Newest version of the Docker Engine API whose answers are known here, and the oldest that has all that is needed. */
const newest = 43;

const kinds: { readonly [status: number]: ErrorKind } = { 400: 'invalid-argument', 404: 'not-found', 409: 'failed-precondition' };

/** Speaks the Docker Engine API of another engine. */
export class DockerClient implements AsyncDisposable {
  readonly #agent: Agent;
  #prefix = '';

  constructor(dial: Dial) {
    this.#agent = new Agent({
      connections: 8,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_options, callback) => {
        dial().then(
          (stream) => callback(null, stream as never),
          (error: unknown) => callback(error as Error, null),
        );
      },
    });
  }

  /** Agrees on a version. UNAVAILABLE when no such engine is there. */
  async connect(signal: AbortSignal, patience = 10_000): Promise<void> {
    const version = await this.#header({ path: '/_ping', signal, patience }, 'api-version');
    const minor = Number(/^1\.(\d+)$/.exec(version)?.[1] ?? Number.NaN);
    if (Number.isNaN(minor)) throw unavailable('whoever answers does not speak the Docker Engine API');
    this.#prefix = `/v1.${Math.min(minor, newest)}`;
  }

  /** The answer, read as JSON; undefined for an empty one. */
  async json<Answer>(question: Question): Promise<Answer> {
    const text = await this.text(question);
    try {
      return (text === '' ? undefined : JSON.parse(text)) as Answer;
    } catch (error) {
      throw dataLoss(`the source's answer to ${question.path} is not JSON`, error);
    }
  }

  async text(question: Question): Promise<string> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of this.stream(question)) {
      length += chunk.length;
      if (length > largestAnswer) throw dataLoss(`the source's answer to ${question.path} does not end`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
  }

  /** The answer as it comes; who stops early ends it. */
  async *stream(question: Question): AsyncGenerator<Buffer, void, undefined> {
    const { body } = await this.#ask(question, (answer) => Promise.resolve(answer));
    const late = (): Error => unavailable(`the source has given nothing for ${silence / 1000} s`);
    try {
      yield* comingInTime<Buffer>(body, { milliseconds: silence, late });
    } catch (error) {
      question.signal.throwIfAborted();
      throw error instanceof EngineError ? error : unavailable(`the source breaks off: ${messageOf(error)}`, error);
    } finally {
      body.destroy();
    }
  }

  /** One header of an answer that has nothing else. */
  header(question: Question, name: string): Promise<string> {
    return this.#header({ ...question, method: 'HEAD' }, name);
  }

  #header(question: Question, name: string): Promise<string> {
    return this.#ask(question, async ({ headers, body }) => {
      await beginningOf(body);
      return String(headers[name] ?? '');
    });
  }

  /** What is taken of an answer; that counts for the patience too. */
  async #ask<Taken>(question: Question, take: (answer: Dispatcher.ResponseData) => Promise<Taken>): Promise<Taken> {
    const { method = 'GET', path, query = {}, body, signal, patience = usualPatience } = question;
    const begun = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    const abort = new AbortController();
    const stop = (): void => abort.abort(begun.reason);
    begun.addEventListener('abort', stop, { once: true });
    try {
      begun.throwIfAborted();
      const answer = await this.#agent.request({
        origin: 'http://docker',
        path: `${this.#prefix}${path}${search(query)}`,
        method,
        headers: body ? { 'content-type': 'application/json' } : {},
        body: body ? JSON.stringify(body) : null,
        signal: AbortSignal.any([signal, abort.signal]),
      });
      if (answer.statusCode >= 400) throw await refusal(answer, path);
      return await take(answer);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof EngineError) throw error;
      throw unavailable(begun.aborted ? `the source does not answer to ${path}` : `the source cannot be asked: ${messageOf(error)}`, error);
    } finally {
      begun.removeEventListener('abort', stop);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }
}

async function refusal({ statusCode, body }: Dispatcher.ResponseData, path: string): Promise<Error> {
  const said = (await beginningOf(body)).slice(0, 2048);
  const message = /"(?:message|cause)":\s*("(?:[^"\\]|\\.)*")/.exec(said)?.[1];
  const words = message === undefined ? said.trim() || `status ${statusCode} for ${path}` : (JSON.parse(message) as string);
  return new EngineError(kinds[statusCode] ?? 'unavailable', `the source says: ${words}`);
}

/** What is longer is cut, with its connection. */
async function beginningOf(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= largestRefusal) break;
  }
  return Buffer.concat(chunks).toString();
}

function search(query: NonNullable<Question['query']>): string {
  const words = new URLSearchParams();
  for (const [name, values] of Object.entries(query)) for (const value of [values].flat()) words.append(name, value);
  return words.size === 0 ? '' : `?${words.toString()}`;
}
