import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StrictRegistryOptions {
  /** Announced for chunks, and insisted on; bytes. */
  readonly smallestChunk?: number;
  /** Larger bodies are answered 413; bytes. */
  readonly largestBody?: number;
}

export interface StrictRegistry extends AsyncDisposable {
  readonly port: number;
  readonly blobs: ReadonlyMap<string, Buffer>;
  /** Uploads that were neither finished nor taken back. */
  readonly open: ReadonlyMap<string, Buffer>;
  /** `method bytes` of every request with a body, in order. */
  readonly bodies: string[];
}

/**
 * A registry in memory that holds clients to the letter of the OCI distribution
 * specification v1.1, where Debian's is lenient or, as with uploads that broke, cannot
 * go on: chunks must come in order, and what arrived before a connection broke is kept.
 */
export async function startStrictRegistry(options: StrictRegistryOptions = {}): Promise<StrictRegistry> {
  const { smallestChunk = 0, largestBody = Infinity } = options;
  const blobs = new Map<string, Buffer>();
  const open = new Map<string, Buffer>();
  const bodies: string[] = [];

  const begin = (outgoing: ServerResponse): void => {
    const id = randomUUID();
    open.set(id, Buffer.alloc(0));
    const limit = smallestChunk > 0 ? { 'oci-chunk-min-length': String(smallestChunk) } : {};
    outgoing.writeHead(202, { location: `/uploads/${id}`, ...limit }).end();
  };
  const tell = (outgoing: ServerResponse, id: string, status: number): void => {
    const { length } = open.get(id) ?? Buffer.alloc(0);
    const range = length > 0 ? { range: `0-${length - 1}` } : {};
    outgoing.writeHead(status, { location: `/uploads/${id}`, ...range }).end();
  };
  const append = async (incoming: IncomingMessage, id: string): Promise<boolean> => {
    const arrived = [open.get(id) ?? Buffer.alloc(0)];
    try {
      for await (const chunk of incoming as AsyncIterable<Buffer>) arrived.push(chunk);
      return true;
    } catch {
      return false;
    } finally {
      open.set(id, Buffer.concat(arrived));
    }
  };

  const upload = async (incoming: IncomingMessage, outgoing: ServerResponse, url: URL, id: string): Promise<void> => {
    const known = open.get(id);
    const length = Number(incoming.headers['content-length'] ?? 0);
    if (length > 0) bodies.push(`${incoming.method} ${length}`);
    if (!known) return void outgoing.writeHead(404).end();
    if (incoming.method === 'GET') return tell(outgoing, id, 204);
    if (incoming.method === 'DELETE') {
      open.delete(id);
      return void outgoing.writeHead(204).end();
    }
    const range = incoming.headers['content-range'];
    const isInOrder = range === undefined || range === `${known.length}-${known.length + length - 1}`;
    incoming.resume();
    if (length > largestBody) return void outgoing.writeHead(413).end();
    if (!isInOrder || (incoming.method === 'PATCH' && range === undefined)) return tell(outgoing, id, 416);
    incoming.pause();
    if (!(await append(incoming, id))) return;
    if (incoming.method === 'PATCH') return tell(outgoing, id, 202);
    const content = open.get(id) ?? Buffer.alloc(0);
    open.delete(id);
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    if (url.searchParams.get('digest') !== digest) return refuse(outgoing, 'DIGEST_INVALID');
    blobs.set(digest, content);
    outgoing.writeHead(201, { location: `/v2/any/blobs/${digest}` }).end();
  };

  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '', 'http://any');
    const [kind, name = ''] = url.pathname.split('/').slice(-2);
    if (kind === 'uploads' && name !== '') return void upload(incoming, outgoing, url, name);
    incoming.resume();
    if (incoming.method === 'POST') return begin(outgoing);
    if (kind === 'blobs') return void outgoing.writeHead(blobs.has(name) ? 200 : 404).end();
    outgoing.writeHead(kind === 'manifests' && incoming.method === 'PUT' ? 201 : 404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    blobs,
    open,
    bodies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function refuse(outgoing: ServerResponse, code: string): void {
  outgoing.writeHead(400).end(JSON.stringify({ errors: [{ code, message: code }] }));
}
