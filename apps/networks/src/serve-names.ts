import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import type { Way } from './ask-upstream.ts';
import type { Family } from './cidr.ts';
import { frame, Frames } from './dns-frames.ts';
import { listenOn } from './listen-on.ts';

/** Answers a message of somebody at `source`; nothing where there is no answer to it. */
export type Answer = (message: Buffer, source: string, way: Way) => Promise<Buffer | undefined>;

/** Clients of a socket at a time, and of those the connections of one address; more are hung up on. */
const [mostClients, mostOfOne] = [256, 16];

/** A connection on which so long nothing is asked and nothing answered is closed; milliseconds. Parts of a question do not count. */
const patience = 10_000;

/** Questions of one connection that are answered at the same time; the next are read when one is. */
const mostAtOnce = 16;

/** No question is longer, in bytes. */
const longest = 4_096;

/** Answers datagrams. Owns the descriptor. */
export function serveDatagrams(descriptor: number, family: Family, answer: Answer): Disposable {
  const socket = createSocket(`udp${family}`);
  // Who is asked and has gone, or cannot be sent to, asks again.
  socket.on('error', () => {});
  socket.on('message', (message, { address, port }) => {
    void answer(message, address, 'udp').then((found) => found && !closed && socket.send(found, port, address, () => {}));
  });
  let closed = false;
  socket.bind({ fd: descriptor });
  socket.unref();
  return {
    [Symbol.dispose]() {
      closed = true;
      socket.close();
    },
  };
}

/** Answers on connections, as RFC 7766 says: many questions on one, answers in the order in which they are found. Owns the descriptor. */
export function serveStreams(descriptor: number, answer: Answer): Disposable {
  const open = new Map<Socket, string>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const source = client.remoteAddress ?? '';
    if ([...open.values()].filter((other) => other === source).length >= mostOfOne) return void client.destroy();
    open.set(client, source);
    client.once('close', () => open.delete(client));
    converse(client, (message) => answer(message, source, 'tcp'));
  });
  server.maxConnections = mostClients;
  return listenOn(descriptor, server, open);
}

function converse(client: Socket, answer: (message: Buffer) => Promise<Buffer | undefined>): void {
  const frames = new Frames();
  const timer = setTimeout(() => client.destroy(), patience).unref();
  let [waiting, ended] = [0, false];
  const proceed = (): void => {
    if (client.destroyed) return;
    while (waiting < mostAtOnce && !client.writableNeedDrain) {
      const message = frames.take();
      if (!message) break;
      void reply(message);
    }
    const isDone = ended || (frames.next ?? 0) > longest;
    if (isDone && waiting === 0 && !client.writableNeedDrain) client.destroySoon();
    else if (isDone || waiting >= mostAtOnce || client.writableNeedDrain) client.pause();
    else client.resume();
  };
  const reply = async (message: Buffer): Promise<void> => {
    waiting++;
    timer.refresh();
    const found = await answer(message);
    waiting--;
    timer.refresh();
    if (client.destroyed) return;
    // What gets no answer by UDP gets none here either, and nothing else is to be heard from there.
    if (!found) return client.destroySoon();
    client.write(frame(found));
    proceed();
  };
  client.on('data', (chunk: Buffer) => {
    frames.add(chunk);
    proceed();
  });
  client.on('drain', proceed);
  client.on('end', () => {
    ended = true;
    proceed();
  });
  client.on('error', () => client.destroy());
  client.once('close', () => clearTimeout(timer));
}
