import { closeSync } from 'node:fs';
import { errorName, slowSystemCall, systemCall } from '@arcbox/linux';

const socket = systemCall('socket', 'int socket(int domain, int type, int protocol)');
const receive = systemCall('recv', 'long recv(int fd, void *buffer, size_t length, int flags)');
/** The kernel does the work inside this call, when it gets the lock that all who change interfaces share. */
const send = slowSystemCall('send', 'long send(int fd, const void *buffer, size_t length, int flags)');

/** socket(2), netlink(7) */
const [netlinkFamily, rawSocket, closeOnExec, routing] = [16, 3, 0o2000000, 0];
const doNotWait = 0x40;
const headerLength = 16;
const errorType = 2;
const [isRequest, wantsAnswer] = [1, 4];

/** A change of rtnetlink(7). */
export interface Request {
  /** For people, if it is refused. */
  readonly what: string;
  readonly type: number;
  /** Beyond those that every request has. */
  readonly flags: number;
  readonly body: Buffer;
}

/** A way to the kernel to change interfaces, addresses and routes: what `ip` does, without a process. */
export class Netlink implements Disposable {
  readonly #socket: number;

  /** Of the network namespace in which the calling thread is now. */
  constructor() {
    this.#socket = socket(netlinkFamily, rawSocket | closeOnExec, routing);
  }

  /**
   * Makes the changes in their order. One that is refused does not stop the others; the first that
   * is refused, and not for a reason in `forgiven` (`ENODEV`), is thrown with its `code`.
   */
  async change(requests: readonly Request[], forgiven: readonly string[] = []): Promise<void> {
    if (requests.length === 0) return;
    const packet = Buffer.concat(requests.map(encode));
    await send(this.#socket, packet, packet.length, 0);
    const answers = this.#readAnswers(requests.length);
    const refused = answers.find(({ errno }) => errno !== 0 && !forgiven.includes(errorName(errno)));
    if (!refused) return;
    const code = errorName(refused.errno);
    throw Object.assign(new Error(`${requests[refused.index]?.what}: ${code}`), { code });
  }

  /** They are there when the request has been sent. */
  #readAnswers(count: number): { index: number; errno: number }[] {
    const answers: { index: number; errno: number }[] = [];
    const buffer = Buffer.alloc(16_384);
    while (answers.length < count) {
      const length = receive(this.#socket, buffer, buffer.length, doNotWait);
      for (let at = 0; at + headerLength < length; at += Math.max(align(buffer.readUInt32LE(at)), headerLength)) {
        if (buffer.readUInt16LE(at + 4) !== errorType) continue;
        answers.push({ index: buffer.readUInt32LE(at + 8), errno: -buffer.readInt32LE(at + headerLength) });
      }
    }
    return answers;
  }

  [Symbol.dispose](): void {
    closeSync(this.#socket);
  }
}

/** struct nlmsghdr; the number of a request is its place. */
function encode({ type, flags, body }: Request, index: number): Buffer {
  const header = Buffer.alloc(headerLength);
  header.writeUInt32LE(headerLength + body.length, 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(flags | isRequest | wantsAnswer, 6);
  header.writeUInt32LE(index, 8);
  return Buffer.concat([header, body]);
}

/** struct nlattr, padded. */
export function attribute(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16LE(header.length + value.length, 0);
  header.writeUInt16LE(type, 2);
  return Buffer.concat([header, value, Buffer.alloc(align(value.length) - value.length)]);
}

export function align(length: number): number {
  return (length + 3) & ~3;
}
