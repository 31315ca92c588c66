import { connect } from 'node:net';
import { EventsRequest } from '@arcbox/proto/arcbox/v1/api';
import { containerId } from './event-containers.ts';

/** Frame types and flags of HTTP/2 (RFC 9113). */
const [headersFrame, settingsFrame, pingFrame, goAwayFrame, windowFrame] = [1, 4, 6, 7, 8];
const [endHeaders, acknowledged] = [4, 1];

/** A window as large that nobody waits for it, and half of what it can be: it is given back with the heads of the frames. */
const endless = 2 ** 30;

/**
 * Calls `arcbox.v1.SystemService.Events` so many times over one connection and throws away what comes: all events to
 * each call, or those of a container of its own. It speaks as much
 * HTTP/2 as that takes: a reader that costs nearly nothing, so that what is measured is the engine. Says `ready` once the
 * calls are made, ends when the other side does or with the process.
 */
export async function drain(socketPath: string, streams: number, wanted: 'all' | 'own'): Promise<void> {
  const socket = connect(socketPath);
  const head: Buffer[] = [Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(settingsFrame, 0, 0, setting(4, endless)), frame(windowFrame, 0, 0, number(endless - 65_535))];
  for (let stream = 0; stream < streams; stream++) {
    const id = 2 * stream + 1;
    head.push(frame(headersFrame, endHeaders, id, requestHead()), frame(0, 1, id, requestBody(wanted === 'own' ? { container: containerId(stream) } : {})));
  }
  socket.write(Buffer.concat(head), () => process.stdout.write('ready\n'));
  const reader = new FrameReader((type, flags, payload) => {
    if (type === settingsFrame && !(flags & acknowledged)) socket.write(frame(settingsFrame, acknowledged, 0));
    if (type === pingFrame && !(flags & acknowledged)) socket.write(frame(pingFrame, acknowledged, 0, payload));
    if (type === goAwayFrame) throw new Error('the gateway does not want this connection');
  });
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    reader.read(chunk);
    socket.write(frame(windowFrame, 0, 0, number(chunk.length)));
  }
}

/** Tells of frames of a connection; what is in DATA frames is not kept. */
class FrameReader {
  #rest: Buffer = Buffer.alloc(0);
  #skip = 0;
  readonly #tell: (type: number, flags: number, payload: Buffer) => void;

  constructor(tell: (type: number, flags: number, payload: Buffer) => void) {
    this.#tell = tell;
  }

  read(chunk: Buffer): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = Math.min(this.#skip, bytes.length);
    this.#skip -= at;
    while (this.#skip === 0 && bytes.length - at >= 9) {
      const [length, type, flags] = [bytes.readUIntBE(at, 3), bytes.readUInt8(at + 3), bytes.readUInt8(at + 4)];
      if (type === 0) {
        const whole = Math.min(length + 9, bytes.length - at);
        this.#skip = length + 9 - whole;
        at += whole;
      } else if (bytes.length - at >= length + 9) {
        this.#tell(type, flags, bytes.subarray(at + 9, at + 9 + length));
        at += length + 9;
      } else break;
    }
    this.#rest = bytes.subarray(at);
  }
}

function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function setting(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(id);
  bytes.writeUInt32BE(value, 2);
  return bytes;
}

/** Length-prefixed, not compressed. */
function requestBody(filters: EventsRequest['filters']): Buffer {
  const message = EventsRequest.encode(EventsRequest.fromPartial({ filters })).finish();
  return Buffer.concat([Buffer.of(0), number(message.length), message]);
}

/** HPACK without compression (RFC 7541): literal names and values. */
function requestHead(): Buffer {
  const fields: [string, string][] = [
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', '/arcbox.v1.SystemService/Events'],
    [':authority', 'localhost'],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
  ];
  return Buffer.concat(fields.flatMap((field) => [Buffer.from([0]), ...field.map((text) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]))]));
}
