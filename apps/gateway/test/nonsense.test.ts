import { connect, type IncomingHttpHeaders } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { HealthDefinition } from '@arcbox/proto/grpc/health/v1/health';
import { type Engine, startEngine } from './engine.ts';

describe('clients that make no sense', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine();
  });
  afterAll(() => engine[Symbol.asyncDispose]());
  afterEach(async () => {
    expect(await engine.client(HealthDefinition).check({})).toEqual({ status: 1 });
  });

  const say = (bytes: Buffer | string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connectSocket(engine.socket);
      let heard = '';
      socket.on('data', (chunk) => (heard += chunk.toString('latin1')));
      socket.on('error', () => {});
      socket.on('close', () => resolve(heard));
      socket.end(bytes);
    });

  const request = (headers: Record<string, string | string[]>): Promise<Record<string, unknown>> =>
    new Promise((resolve) => {
      const session = connect('http://localhost', { createConnection: () => connectSocket(engine.socket) });
      session.on('error', () => {});
      const stream = session.request(headers);
      let answer = {};
      stream.on('response', (head) => (answer = head));
      stream.on('error', () => {});
      stream.on('close', () => {
        session.close();
        resolve(answer);
      });
      stream.resume();
      stream.end();
    });

  it('other protocols and noise end the connection only', async () => {
    await say('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await say(Buffer.alloc(100_000, 0xff));
    await say('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x05\x99garbage');
    await say('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  });

  it('requests that are no gRPC are told so', async () => {
    expect(await request({ ':method': 'GET', ':path': '/' })).toMatchObject({ ':status': 415 });
    const path = '/arcbox.v1.ImageService/List';
    expect(await request({ ':method': 'POST', ':path': path, 'content-type': 'application/json' })).toMatchObject({ ':status': 415 });
  });

  it('headers that may stand only once are answered, however often they come', async () => {
    const options = { strictSingleValueFields: false, createConnection: () => connectSocket(engine.socket) };
    const session = connect('http://localhost', options as Parameters<typeof connect>[1]);
    for (const name of ['content-type', 'user-agent', 'authorization', 'grpc-timeout', 'x-request-id', 'host', 'date', 'age', 'cookie']) {
      const value = name === 'content-type' ? 'application/grpc' : '1S';
      const head = [':method', 'POST', ':path', '/grpc.health.v1.Health/Check', 'content-type', 'application/grpc', 'te', 'trailers'];
      const stream = session.request([...head, name, value, name, value] as never);
      stream.end(Buffer.alloc(5));
      let answer: IncomingHttpHeaders | undefined;
      stream.on('response', (given) => (answer = given));
      stream.on('error', () => {});
      stream.resume();
      await new Promise((resolve) => stream.on('close', resolve));
      // The parser itself refuses two hosts.
      if (name !== 'host') expect(answer).toMatchObject({ ':status': 200 });
    }
    session.close();
  });

  it('strange paths and headers are answered', async () => {
    const head = { ':method': 'POST', 'content-type': 'application/grpc' };
    for (const path of ['/', '/a/b/c', '/constructor/toString', '//', '/%00']) {
      expect(await request({ ...head, ':path': path })).toMatchObject({ 'grpc-status': '12' });
    }
    const check = { ...head, ':path': '/grpc.health.v1.Health/Check' };
    for (const timeout of ['', 'x', '99999999H', '123456789m', '-1S', '1n']) {
      expect(await request({ ...check, 'grpc-timeout': timeout })).toMatchObject({ ':status': 200 });
    }
    expect(await request({ ...check, 'x-request-id': '', 'x-many': Array<string>(500).fill('v') })).toMatchObject({
      ':status': 200,
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });
});
