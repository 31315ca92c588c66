import { type ClientRequest, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What to do to one answer. */
export interface Fault {
  /** Answer this instead of asking the registry. */
  readonly status?: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Buffer;
  /** Break the connection after so many bytes of the body. */
  readonly cutAfter?: number;
  /** End the body, in good order, after so many bytes. */
  readonly endAfter?: number;
  /** Send no more after so many bytes of the body. */
  readonly stallAfter?: number;
  /** Change one byte of the body. */
  readonly corrupt?: boolean;
  /** Wait for this before the body. */
  readonly hold?: Promise<void>;
  /** Pass on only so many bytes of the request's body, then break both connections. */
  readonly cutUploadAfter?: number;
  /** Let the registry do it, but break the connection instead of telling. */
  readonly loseAnswer?: boolean;
  /** Never answer. */
  readonly hang?: boolean;
  /** Announce so many bytes, whatever comes. */
  readonly contentLength?: number;
  /** Send a byte at a time, one each so many milliseconds. */
  readonly drip?: number;
  /** As a registry that knows no ranges. */
  readonly withoutRange?: boolean;
}

export interface FaultProxy extends AsyncDisposable {
  /** `localhost:port` */
  readonly host: string;
  /** `GET /v2/…` of everything that was asked, with its headers. */
  readonly requests: { readonly line: string; readonly headers: IncomingMessage['headers'] }[];
  /** Called with method and path for every request; undefined passes it on unharmed. */
  fault: (line: string) => Fault | undefined;
}

/** Stands between a client and a registry and makes trouble as told. */
export async function startFaultProxy(port: number): Promise<FaultProxy> {
  const server = createServer((incoming, outgoing) => {
    const line = `${incoming.method} ${incoming.url}`;
    proxy.requests.push({ line, headers: incoming.headers });
    const fault = proxy.fault(line);
    if (fault?.hang) return;
    if (fault?.status !== undefined) {
      incoming.resume();
      outgoing.writeHead(fault.status, fault.headers).end(fault.body);
      return;
    }
    forward(port, incoming, outgoing, fault);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: FaultProxy = {
    host: `localhost:${(server.address() as AddressInfo).port}`,
    requests: [],
    fault: () => undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

function forward(port: number, incoming: IncomingMessage, outgoing: ServerResponse, fault: Fault | undefined): void {
  const headers = { ...incoming.headers };
  if (fault?.withoutRange) delete headers['range'];
  const onward = request(
    { host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers },
    (answer) => {
      if (fault?.loseAnswer) return void outgoing.destroy();
      const { 'content-length': _, ...rest } = answer.headers;
      const isWhole = fault?.endAfter === undefined;
      const length = fault?.contentLength === undefined ? {} : { 'content-length': String(fault.contentLength) };
      outgoing.writeHead(answer.statusCode ?? 502, { ...(isWhole ? answer.headers : rest), ...length });
      void pass(answer, outgoing, fault).catch(() => outgoing.destroy());
    },
  );
  onward.on('error', () => outgoing.destroy());
  if (fault?.cutUploadAfter === undefined) incoming.pipe(onward);
  else void passPart(incoming, onward, fault.cutUploadAfter).finally(() => outgoing.destroy());
}

async function passPart(incoming: IncomingMessage, onward: ClientRequest, bytes: number): Promise<void> {
  let sent = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    const part = chunk.subarray(0, bytes - sent);
    sent += part.length;
    await new Promise<void>((resolve) => onward.write(part, () => resolve()));
    if (sent >= bytes) break;
  }
  onward.destroy();
}

async function pass(answer: IncomingMessage, outgoing: ServerResponse, fault: Fault | undefined): Promise<void> {
  outgoing.flushHeaders();
  await fault?.hold;
  let sent = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    const chunk = Buffer.from(piece);
    if (fault?.corrupt && sent === 0) chunk[chunk.length >> 1] = (chunk[chunk.length >> 1] ?? 0) ^ 0xff;
    const limit = fault?.cutAfter ?? fault?.endAfter ?? fault?.stallAfter ?? Infinity;
    const part = chunk.subarray(0, Math.max(0, limit - sent));
    sent += part.length;
    if (fault?.drip !== undefined) await drip(part, outgoing, fault.drip);
    else if (part.length > 0) await new Promise<void>((resolve) => outgoing.write(part, () => resolve()));
    if (part.length < chunk.length && fault?.stallAfter !== undefined) return;
    if (part.length < chunk.length && fault?.cutAfter !== undefined) return void outgoing.destroy();
    if (part.length < chunk.length) break;
  }
  outgoing.end();
}

async function drip(bytes: Buffer, outgoing: ServerResponse, every: number): Promise<void> {
  for (const byte of bytes) {
    if (outgoing.destroyed) return;
    outgoing.write(Buffer.of(byte));
    await sleep(every);
  }
}
