import { once } from 'node:events';
import { constants, createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { eventually, temporaryRoot } from '@arcbox/testing';
import { Connection } from './connection.ts';

const head = [':method', 'POST', ':path', '/a.B/C', ':scheme', 'http', ':authority', 'localhost'];

const registration = (address: string) =>
  ({ worker: 'images', replica: 'images-0', node: 'n', address, version: '1', services: [], pid: 1, startedAt: '2026-01-01T00:00:00Z' }) as const;

it('keeps the connection on which many calls were cancelled until the replica has taken another one', async () => {
  await using stack = new AsyncDisposableStack();
  const path = join(stack.use(temporaryRoot()).path, 'worker.sock');
  const sessions: ServerHttp2Session[] = [];
  const http2 = createHttp2Server({ streamResetBurst: 10_000 });
  http2.on('session', (session) => sessions.push(session)).on('stream', (stream) => stream.on('error', () => {}));
  const waiting: Socket[] = [];
  let isBusy = false;
  const sockets = createServer((socket) => void (isBusy ? waiting.push(socket) : http2.emit('connection', socket)));
  stack.defer(async () => {
    const closed = once(sockets.close(), 'close');
    for (const session of sessions) session.destroy();
    await closed;
  });
  await once(sockets.listen(path), 'listening');
  const connection = stack.use(new Connection(registration(`unix:${path}`), () => {}));
  await connection.connect();

  const call = async (): Promise<void> => {
    const stream = connection.request([...head]);
    if (!stream) throw new Error('not connected');
    const closed = once(stream.on('error', () => {}), 'close');
    connection.cancelled(stream);
    stream.close(constants.NGHTTP2_CANCEL);
    await closed;
  };
  isBusy = true;
  for (let i = 0; i < 600; i++) await call();
  expect(waiting).not.toHaveLength(0);
  expect(connection.connected).toBe(true);
  expect(sessions).toHaveLength(1);

  isBusy = false;
  for (const socket of waiting) http2.emit('connection', socket);
  await eventually(async () => {
    await call();
    expect(sessions[0]?.closed).toBe(true);
  });
  expect(connection.connected).toBe(true);
});
