import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Http2Server } from 'node:http2';
import { Bus } from '@arcbox/events';
import { silentLogger } from '@arcbox/log';
import { announce } from '@arcbox/rpc';
import { eventually } from '@arcbox/testing';
import { startEngine } from './engine.ts';

const path = '/arcbox.engine.v1.ImageStoreService/Import';

/** A worker that tells what it sees of its streams, in HTTP/2's own words. */
function startWitness(socket: string): { server: Http2Server; seen: string[] } {
  const seen: string[] = [];
  const server = createServer();
  server.on('stream', (stream, headers) => {
    if (headers[':path'] !== path) return stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.on('error', () => {});
    stream.on('data', () => seen.push('data'));
    stream.on('end', () => seen.push(stream.closed ? 'cut off' : 'whole'));
    stream.on('close', () => seen.push('closed'));
  });
  server.listen(socket);
  return { server, seen };
}

/** A client in a process of its own that is killed in the middle of an upload. */
function startUpload(socket: string): ChildProcess {
  const program = `
    const session = require('node:http2').connect('http://localhost', { createConnection: () => require('node:net').connect(${JSON.stringify(socket)}) });
    const stream = session.request({ ':method': 'POST', ':path': '${path}', 'content-type': 'application/grpc', te: 'trailers' });
    stream.write(Buffer.from([0, 0, 0, 0, 0]));`;
  return spawn(process.execPath, ['-e', program], { stdio: 'ignore' });
}

it('half an upload is never shown to a worker as a whole one', async () => {
  await using engine = await startEngine();
  const socket = engine.root.paths.workerSocket('images-0');
  const { server, seen } = startWitness(socket);
  await using bus = new Bus({ url: engine.nats.url, name: 'witness', log: silentLogger });
  const startedAt = new Date().toISOString();
  const services = ['arcbox.engine.v1.ImageStoreService'];
  const registration = { worker: 'images', replica: 'images-0', node: 'here', version: '1.0.0', pid: 1, startedAt, services };
  await using _announced = announce(bus, { ...registration, address: `unix:${socket}` }, silentLogger);
  await eventually(() => expect(engine.gateway.host.directory.replicas('images')).toHaveLength(1));
  for (let i = 0; i < 5; i++) {
    const client = startUpload(engine.socket);
    await eventually(() => expect(seen).toContain('data'));
    client.kill('SIGKILL');
    await eventually(() => expect(seen).toContain('closed'));
    expect(seen).not.toContain('whole');
    seen.length = 0;
  }
  server.close();
});
