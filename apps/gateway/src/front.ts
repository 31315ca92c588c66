import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '@arcbox/config';
import { statusOfKind } from '@arcbox/errors';
import type { Logger } from '@arcbox/log';
import { Gauge } from '@arcbox/metrics';
import { bindSocket } from '@arcbox/rpc';
import { answer } from './answer.ts';
import { Call } from './call.ts';
import { callerOf } from './caller.ts';
import type { Certificates } from './certificates.ts';
import type { Connections } from './connections.ts';
import { checkEndpoint } from './endpoint.ts';
import { RequestHead } from './request-head.ts';
import type { Routes } from './routes.ts';
import { sessionOptions } from './session-options.ts';
import { countUnknown } from './watch-call.ts';

const connections = new Gauge('arcbox_gateway_connections', 'Connections of clients.');

/** Calls in flight get this long to end by themselves when the gateway stops, in milliseconds. */
const grace = 1_000;

/** And their last words this long to reach the client. */
const lastWords = 300;

const serverOptions = {
  ...sessionOptions,
  // Cancelling is a habit of clients that follow logs; see CVE-2023-44487 for why there must be a limit.
  streamResetBurst: 20_000,
  streamResetRate: 2_000,
};

/** Where clients come in: HTTP/2 on a unix socket, and on a TCP endpoint if one is wanted. */
export class Front implements AsyncDisposable {
  readonly #routes: Routes;
  readonly #connections: Connections;
  readonly #log: Logger;
  readonly #servers: (Http2Server | Http2SecureServer)[] = [];
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #calls = new Set<Call>();
  readonly #counted = connections.from(() => this.#sessions.size);
  #idle: (() => void) | undefined;

  constructor(options: { routes: Routes; connections: Connections; log: Logger }) {
    this.#routes = options.routes;
    this.#connections = options.connections;
    this.#log = options.log;
  }

  /** Opens the socket at `path` (0660). As root, its group becomes `gid`. */
  async listenOnSocket(path: string, gid: number | undefined): Promise<void> {
    const server = this.#serve(createServer(serverOptions));
    await bindSocket(path, gid, () => once(server.listen(path), 'listening'));
  }

  /** Opens a TCP endpoint; without TLS only where no other machine can reach it. */
  async listenOnTcp(listen: NonNullable<Config['listen']>, certificates: Certificates | undefined): Promise<void> {
    checkEndpoint(listen, certificates !== undefined);
    const server = this.#serve(certificates ? secureServer(certificates) : createServer(serverOptions));
    await once(server.listen(listen.port, listen.host), 'listening');
    this.#log.info({ host: listen.host, port: listen.port, tls: certificates !== undefined }, 'listening');
  }

  /** Accepts nothing more, lets calls end, then ends them. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const session of this.#sessions) session.close();
    await this.#drained(grace);
    for (const call of this.#calls) {
      call.end({ code: statusOfKind('unavailable'), message: 'the gateway is stopping' });
    }
    await Promise.race([Promise.all(closed), sleep(lastWords, undefined, { ref: false })]);
    for (const session of this.#sessions) session.destroy();
    await Promise.all(closed);
    this.#counted[Symbol.dispose]();
  }

  #serve(server: Http2Server | Http2SecureServer): Http2Server | Http2SecureServer {
    this.#servers.push(server);
    server.on('session', (session: ServerHttp2Session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
      session.on('error', (error) => this.#log.debug({ error }, 'a client broke its connection'));
      const caller = this.#callerOf(session);
      session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _: number, raw: string[]) => {
        this.#onStream(stream, headers, raw, caller);
      });
    });
    return server;
  }

  #callerOf(session: ServerHttp2Session): string {
    try {
      return callerOf(session);
    } catch (error) {
      this.#log.warn({ error }, 'who a client is cannot be told');
      return '';
    }
  }

  #onStream(client: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: string[], caller: string): void {
    client.on('error', (error) => this.#log.debug({ error }, 'a client broke its call'));
    // Reset in the same breath.
    if (client.closed || client.destroyed) return;
    if (headers[':method'] !== 'POST' || !headers['content-type']?.startsWith('application/grpc')) {
      return client.respond({ ':status': 415 }, { endStream: true });
    }
    const path = headers[':path'] ?? '';
    const head = new RequestHead(path, raw, caller);
    const route = this.#routes.get(path);
    if (!route) {
      countUnknown();
      return answer(client, { code: statusOfKind('unimplemented'), message: this.#routes.explain(path) }, head.request.requestId);
    }
    const call = new Call(client, { head, route, connections: this.#connections, ended: (over) => this.#forget(over) });
    this.#calls.add(call);
    call.start();
  }

  #forget(call: Call): void {
    this.#calls.delete(call);
    if (this.#calls.size === 0) this.#idle?.();
  }

  async #drained(milliseconds: number): Promise<void> {
    if (this.#calls.size === 0) return;
    const idle = new Promise<void>((resolve) => (this.#idle = resolve));
    await Promise.race([idle, sleep(milliseconds)]);
  }
}

function secureServer({ cert, key, clientCa }: Certificates): Http2SecureServer {
  return createSecureServer({
    ...serverOptions,
    cert,
    key,
    ca: clientCa,
    requestCert: clientCa !== undefined,
    rejectUnauthorized: clientCa !== undefined,
    minVersion: 'TLSv1.2',
  });
}
