import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '@arcbox/config';
import type { Logger } from '@arcbox/log';

/** What Prometheus asks for, over HTTP: `GET /metrics`. `port` is the one that was free, where none was named. */
export async function serveMetrics(
  { host, port }: NonNullable<Config['metrics']>,
  read: () => Promise<string>,
  log: Logger,
): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((request, response) => {
    respond(request, response, read).catch((error: unknown) => {
      log.error({ error }, 'metrics could not be read');
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  });
  // Nobody else has a reason to keep a connection open without a word.
  server.requestTimeout = 10_000;
  await once(server.listen(port, host), 'listening');
  log.info({ host, port }, 'metrics');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function respond({ method = '', url }: IncomingMessage, response: ServerResponse, read: () => Promise<string>): Promise<void> {
  if (url?.split('?')[0] !== '/metrics') return void response.writeHead(404).end();
  if (!['GET', 'HEAD'].includes(method)) return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
  const text = method === 'HEAD' ? '' : await read();
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
}
