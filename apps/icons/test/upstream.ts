import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import type { IconHosts } from '@arcbox/config';

/** What a host answers to a path. */
export type Reply = (request: IncomingMessage, response: ServerResponse) => void;

/** All hosts that pictures come from, in one server: what it is not told, it does not have. */
export interface Upstream extends AsyncDisposable {
  readonly hosts: IconHosts;
  /** Path with query → what is answered. */
  readonly replies: Map<string, Reply>;
  /** `HEAD /path`, in the order they came. */
  readonly requests: string[];
}

export async function startUpstream(): Promise<Upstream> {
  const replies = new Map<string, Reply>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const reply = replies.get(request.url ?? '') ?? status(404);
    reply(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    hosts: hostsAt(`http://127.0.0.1:${port}`),
    replies,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function hostsAt(base: string): IconHosts {
  return { jsdelivr: `${base}/cdn`, githubAvatars: `${base}/avatars`, simpleIcons: `${base}/simple`, dockerHub: `${base}/hub` };
}

export const image: Reply = (_, response) => void response.writeHead(200, { 'content-type': 'image/svg+xml' }).end('<svg/>');

export const json =
  (document: unknown): Reply =>
  (_, response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));

export const status =
  (code: number, headers: { readonly [name: string]: string } = {}): Reply =>
  (_, response) =>
    void response.writeHead(code, headers).end();

/** Takes the question and says nothing. */
export const hang: Reply = () => {};

/** Never comes to an end, where there is a body. */
export const flood: Reply = (request, response) => {
  if (request.method === 'HEAD') return status(405)(request, response);
  response.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(16 * 1024, '[');
  const endless = new Readable({ read: () => void endless.push(chunk) });
  pipeline(endless, response, () => endless.destroy());
};
