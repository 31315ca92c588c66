import { type ClientHttp2Session, type ClientHttp2Stream, constants, type ServerHttp2Stream } from 'node:http2';
import type { OutgoingHttpHeaders } from 'node:http2';
import { EngineError, messageOf, statusOfKind } from '@arcbox/errors';
import { type Answer, answer, endWith, letGo } from './answer.ts';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import { HeldAnswer } from './held-answer.ts';
import { lost, wentAway } from './lost.ts';
import type { RequestHead } from './request-head.ts';
import type { Route } from './routes.ts';
import { passOn, responseHead, statusOf } from './passing.ts';
import { Upload } from './upload.ts';
import { type CallEnd, watchCall } from './watch-call.ts';

const { NGHTTP2_FLAG_END_STREAM, NGHTTP2_REFUSED_STREAM } = constants;

/** What is noted of a call whose client has gone, and of one whose worker gives no status. */
const left: Answer = { code: statusOfKind('cancelled'), message: 'the client has gone' };
const unknown = 2;

/** One try at one replica. */
interface Attempt {
  readonly connection: Connection;
  readonly session: ClientHttp2Session | undefined;
  readonly stream: ClientHttp2Stream;
}

/**
 * One call of a client: finds a worker, passes the bytes both ways as fast as
 * the slower side takes them, and gives it exactly one end.
 */
export class Call {
  readonly #client: ServerHttp2Stream;
  readonly #head: RequestHead;
  readonly #route: Route;
  readonly #connections: Connections;
  readonly #ended: (call: Call) => void;
  readonly #watched: CallEnd;
  readonly #upload: Upload;
  readonly #tried = new Set<Connection>();
  #timer: NodeJS.Timeout | undefined;
  #attempt: Attempt | undefined;
  /** Of a call that may be made again, should the worker go before it is whole. */
  #held: HeldAnswer | undefined;
  #trailers: OutgoingHttpHeaders | undefined;
  #over = false;

  /** `ended` is called once, when nothing remains to be done but to send what is written. */
  constructor(
    client: ServerHttp2Stream,
    options: { head: RequestHead; route: Route; connections: Connections; ended: (call: Call) => void },
  ) {
    this.#client = client;
    this.#head = options.head;
    this.#route = options.route;
    this.#connections = options.connections;
    this.#ended = options.ended;
    this.#watched = watchCall(options.head, options.route);
    this.#upload = new Upload(client);
  }

  start(): void {
    const { remaining } = this.#head;
    const late = { code: statusOfKind('deadline-exceeded'), message: 'deadline exceeded' };
    if (remaining !== undefined) this.#timer = setTimeout(() => this.end(late), Math.max(remaining, 0));
    this.#client.on('close', () => this.#leave());
    this.#client.on('drain', () => this.#attempt?.stream.resume());
    // A short request has come whole by then, and goes to the worker in one piece.
    setImmediate(() => this.#find());
  }

  /** Ends it with a status of the gateway; the worker sees a cancelled call. */
  end(status: Answer): void {
    if (this.#over) return;
    this.#leave(status);
    answer(this.#client, status, this.#head.request.requestId);
  }

  #find(): void {
    if (this.#over) return;
    const connection = this.#connections.next(this.#route.worker, this.#tried);
    if (connection) return this.#try(connection);
    this.#connections.reach(this.#route.worker, this.#tried).then(
      (reached) => this.#try(reached),
      (error: unknown) => this.end(this.#tried.size > 0 ? wentAway(this.#route.worker) : answerTo(error)),
    );
  }

  #try(connection: Connection): void {
    if (this.#over) return;
    this.#tried.add(connection);
    const stream = this.#orEnd(() => connection.request(this.#head.forWorker()));
    if (this.#over) return;
    if (!stream) return this.#find();
    const attempt: Attempt = { connection, stream, session: stream.session as ClientHttp2Session | undefined };
    this.#attempt = attempt;
    this.#listen(attempt);
    this.#upload.sendTo(stream);
  }

  #listen(attempt: Attempt): void {
    const { stream } = attempt;
    stream.on('error', () => {
      // The close that follows says all.
    });
    stream.on('response', (_, flags, raw) => this.#onHead(attempt, flags, raw));
    stream.on('data', (chunk: Buffer) => {
      if (!this.#over && !this.#passOn(chunk)) stream.pause();
    });
    stream.on('trailers', (joined, _, raw) => (this.#trailers = passOn(joined, raw)));
    stream.on('end', () => this.#onEnd(attempt));
    stream.on('close', () => this.#onClose(attempt));
  }

  #onHead({ stream }: Attempt, flags: number, raw: string[]): void {
    if (this.#over || this.#client.closed || this.#client.destroyed) return;
    const isWhole = (flags & NGHTTP2_FLAG_END_STREAM) !== 0;
    const head = responseHead(raw, this.#head.request.requestId);
    if (!isWhole && this.#route.readOnly && !this.#route.isStream) return void (this.#held = new HeldAnswer(head));
    this.#upload.forget();
    this.#orEnd(() => this.#client.respond(head, { endStream: isWhole, waitForTrailers: !isWhole }));
    if (!isWhole || this.#over) return;
    this.#finish(statusOf(raw));
    endOnce(stream);
    letGo(this.#client);
  }

  /** False when the client wants no more for now. */
  #passOn(chunk: Buffer): boolean {
    if (!this.#held) return this.#client.write(chunk);
    this.#held.add(chunk);
    return !this.#held.isFull || this.#letGoOfHeld();
  }

  /** From here on the call cannot be made again. False when the client wants no more for now. */
  #letGoOfHeld(): boolean {
    const held = this.#held;
    if (!held) return true;
    this.#held = undefined;
    this.#upload.forget();
    this.#orEnd(() => this.#client.respond(held.head, { waitForTrailers: true }));
    return this.#over || held.chunks.map((chunk) => this.#client.write(chunk)).every(Boolean);
  }

  #onEnd({ stream }: Attempt): void {
    // Without trailers it was cut off: the close says why.
    if (this.#over || !this.#trailers) return;
    this.#letGoOfHeld();
    if (this.#over) return;
    this.#finish({ code: Number(this.#trailers['grpc-status'] ?? unknown), message: '' });
    endOnce(stream);
    endWith(this.#client, this.#trailers);
  }

  #onClose(attempt: Attempt): void {
    if (this.#over || this.#attempt !== attempt) return;
    const { stream, session } = attempt;
    const wasReached = stream.id !== undefined && stream.rstCode !== NGHTTP2_REFUSED_STREAM;
    const isGone = !session || session.destroyed;
    if (this.#upload.canRepeat && (!wasReached || (isGone && this.#route.readOnly))) {
      this.#upload.turnBack();
      this.#attempt = this.#held = this.#trailers = undefined;
      return this.#find();
    }
    this.end(isGone ? wentAway(this.#route.worker) : lost(this.#route.worker, stream.rstCode));
  }

  /** Node refuses some heads that may well come from the other side: that ends the call, not the gateway. */
  #orEnd<T>(pass: () => T): T | undefined {
    try {
      return pass();
    } catch (error) {
      this.end({ code: statusOfKind('internal'), message: `the head of the call cannot be passed on: ${messageOf(error)}` });
      return undefined;
    }
  }

  /** The client has gone, or is told the end without the worker. */
  #leave(status: Answer = left): void {
    if (this.#over) return;
    this.#finish(status);
    if (!this.#attempt) return;
    const { connection, stream } = this.#attempt;
    connection.cancelled(stream);
    // Not close: that ends the request before it resets it, so that half an upload would look whole.
    stream.destroy(new Error('the call was cancelled'));
  }

  #finish({ code, message }: Answer): void {
    this.#over = true;
    this.#watched(code, message);
    clearTimeout(this.#timer);
    this.#held = undefined;
    this.#upload.drop();
    this.#ended(this);
  }
}

/** A second end makes an error that nobody sees but that costs as much as all the rest. */
function endOnce(stream: ClientHttp2Stream): void {
  if (!stream.writableEnded) stream.end();
}

function answerTo(error: unknown): Answer {
  if (error instanceof EngineError) return { code: statusOfKind(error.kind), message: error.message };
  return { code: statusOfKind('internal'), message: 'internal error' };
}
