import { createSocket } from 'node:dgram';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect, isIPv6 } from 'node:net';
import { answers, codeOf, codes, isTruncated, numbered, type Question } from './dns-message.ts';
import { frame, Frames } from './dns-frames.ts';

export type Way = 'udp' | 'tcp';

/** A server that has not answered by then is passed over; milliseconds. */
const patience = 2_000;

/** As many of a list are asked as resolvers ask. */
const mostServers = 3;

/** The port of DNS. */
export const port = 53;

/**
 * Asks the servers in turn, as a client has asked: by TCP, or by UDP and once more by
 * TCP where the answer was cut. What comes is for the client as it is; undefined where
 * nobody answers.
 */
export async function askUpstream(message: Buffer, question: Question, servers: readonly string[], way: Way): Promise<Buffer | undefined> {
  let last: Buffer | undefined;
  for (const server of servers.slice(0, mostServers)) {
    const answer = await askServer(message, question, server, way).catch(() => undefined);
    last = answer ?? last;
    if (answer && codeOf(answer) !== codes.failed && codeOf(answer) !== codes.refused) break;
  }
  return last;
}

async function askServer(message: Buffer, question: Question, server: string, way: Way): Promise<Buffer> {
  if (way === 'tcp') return askByStream(message, question, server);
  const answer = await askByDatagram(message, question, server);
  if (!isTruncated(answer)) return answer;
  const whole = await askByStream(message, question, server).catch(() => answer);
  // Where there is no room for it either, the client has to come by TCP.
  return whole.length <= question.room ? whole : answer;
}

/** From a port and with a number that nobody can know who does not see the question. */
async function askByDatagram(message: Buffer, question: Question, server: string): Promise<Buffer> {
  const own = numbered(message, randomInt(0x10000));
  const signal = AbortSignal.timeout(patience);
  const socket = createSocket({ type: isIPv6(server) ? 'udp6' : 'udp4' });
  using stack = new DisposableStack();
  stack.defer(() => socket.close());
  socket.connect(port, server);
  await once(socket, 'connect', { signal });
  const heard = new Promise<Buffer>((resolve, reject) => {
    socket.on('message', (answer) => answers(answer, own, question) && resolve(answer));
    socket.on('error', reject);
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
  socket.send(own);
  return numbered(await heard, message.readUInt16BE(0));
}

async function askByStream(message: Buffer, question: Question, server: string): Promise<Buffer> {
  const own = numbered(message, randomInt(0x10000));
  const socket = connect({ host: server, port, signal: AbortSignal.timeout(patience) });
  using stack = new DisposableStack();
  stack.defer(() => socket.destroy());
  // Kept until the connection is there.
  socket.write(frame(own));
  const frames = new Frames();
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    frames.add(chunk);
    const answer = frames.take();
    if (!answer) continue;
    if (!answers(answer, own, question)) break;
    return numbered(answer, message.readUInt16BE(0));
  }
  throw new Error(`${server} gives no answer`);
}
