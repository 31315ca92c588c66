import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createSecureServer, createServer, type Http2SecureServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import { currentRequest } from '@arcbox/request';
import { partly, temporaryRoot } from '@arcbox/testing';
import { Metadata } from 'nice-grpc';
import { callerOf } from '../src/caller.ts';
import { startEngine } from './engine.ts';

/** What a server sees of the client that `options` make. */
async function seenBy(server: Http2Server | Http2SecureServer, scheme: string, options: object = {}): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const seen = once(server, 'session').then(([session]) => callerOf(session));
  const client = connect(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`, options);
  client.on('error', () => {});
  try {
    return await seen;
  } finally {
    client.destroy();
    server.close();
  }
}

function certificate(directory: string, name: string, subject: string): { cert: Buffer; key: Buffer } {
  const [cert, key] = [join(directory, `${name}.pem`), join(directory, `${name}.key`)];
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-utf8'];
  execFileSync('openssl', [...args, '-keyout', key, '-out', cert, '-subj', subject], { stdio: 'pipe' });
  return { cert: readFileSync(cert), key: readFileSync(key) };
}

describe('who calls', () => {
  it('is told by the kernel at a unix socket, and handed on from worker to worker; what clients say of it is not', async () => {
    await using engine = await startEngine();
    const images = partly(ImageServiceDefinition, {
      async inspect() {
        return { id: JSON.stringify(currentRequest()) };
      },
    });
    await engine.worker('images', [images]);
    await engine.worker('containers', [
      partly(ContainerServiceDefinition, {
        async inspect() {
          const { clients } = engine.gateway.host;
          const nested = await (await clients.of(ImageServiceDefinition)).inspect({});
          return { id: JSON.stringify(currentRequest()), name: nested.id };
        },
      }),
    ]);
    await engine.found('containers', 1);
    await engine.found('images', 1);
    const trace = `00-${'4'.repeat(32)}-${'7'.repeat(16)}-01`;
    const metadata = Metadata({
      ...{ 'x-request-id': 'mine', 'x-arcbox-client': 'cn=admin', 'x-arcbox-method': '/a.B/C' },
      ...{ traceparent: trace, tracestate: 'a=1' },
    });
    const { id, name } = await engine.client(ContainerServiceDefinition).inspect({}, { metadata });
    const request = {
      requestId: 'mine',
      method: '/arcbox.v1.ContainerService/Inspect',
      client: `uid=${process.getuid?.()} pid=${process.pid} gid=${process.getgid?.()}`,
      traceparent: trace,
      tracestate: 'a=1',
    };
    expect(JSON.parse(id)).toEqual(request);
    expect(JSON.parse(name)).toEqual(request);
  });

  it('is the name in a certificate, or else the address', async () => {
    await using root = temporaryRoot();
    const server = certificate(root.path, 'server', '/CN=server');
    const named = certificate(root.path, 'named', '/CN=Ünal 100%');
    const nameless = certificate(root.path, 'nameless', '/O=Somebody');
    const secure = (ca: Buffer): Http2SecureServer => createSecureServer({ ...server, ca, requestCert: true, rejectUnauthorized: true });
    const trusting = { ca: server.cert, checkServerIdentity: () => undefined };
    expect(await seenBy(createServer(), 'http')).toBe('address=127.0.0.1');
    expect(await seenBy(createSecureServer(server), 'https', trusting)).toBe('address=127.0.0.1');
    expect(await seenBy(secure(named.cert), 'https', { ...trusting, ...named })).toBe('cn=%C3%9Cnal 100%25');
    expect(await seenBy(secure(nameless.cert), 'https', { ...trusting, ...nameless })).toBe('address=127.0.0.1');
  });
});
