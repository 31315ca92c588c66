import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { constants } from 'node:http2';
import { HealthCheckResponse, HealthCheckResponse_ServingStatus as Status } from '@arcbox/proto/grpc/health/v1/health';

/** A request without fields, framed as gRPC frames messages: flags, length, nothing. */
const emptyRequest = Buffer.alloc(5);

const head = [
  ...[':method', 'POST', ':path', '/grpc.health.v1.Health/Watch', ':scheme', 'http', ':authority', 'localhost'],
  ...['te', 'trailers', 'content-type', 'application/grpc'],
];

/** After a watch that ended although the connection stands; milliseconds. */
const pause = 1_000;

/** Tells `report` whether the worker behind `session` serves, at once and after every change. */
export function watchHealth(session: ClientHttp2Session, report: (serving: boolean) => void): Disposable {
  let stream: ClientHttp2Stream | undefined;
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const open = (): void => {
    if (over || session.closed || session.destroyed) return;
    let rest: Buffer = Buffer.alloc(0);
    const watch = (stream = session.request([...head]));
    watch.on('error', () => {});
    watch.on('data', (chunk: Buffer) => {
      try {
        rest = takeMessages(Buffer.concat([rest, chunk]), (message) => report(isServing(message)));
      } catch {
        // Whatever answers there is no worker.
        watch.close(constants.NGHTTP2_PROTOCOL_ERROR);
      }
    });
    watch.on('close', () => {
      if (over) return;
      report(false);
      timer = setTimeout(open, pause).unref();
    });
    watch.end(emptyRequest);
  };
  open();
  return {
    [Symbol.dispose]() {
      over = true;
      clearTimeout(timer);
      stream?.close(constants.NGHTTP2_CANCEL);
    },
  };
}

const isServing = (message: Uint8Array): boolean => HealthCheckResponse.decode(message).status === Status.SERVING;

/** A health is a few bytes. */
const longest = 1_024;

/** Hands on every whole message in `bytes` (gRPC over HTTP/2: flags, length of 4 bytes, message); returns the rest. */
function takeMessages(bytes: Buffer, take: (message: Uint8Array) => void): Buffer {
  let at = 0;
  while (bytes.length >= at + 5) {
    const length = bytes.readUInt32BE(at + 1);
    if (length > longest) throw new Error(`a message of ${length} bytes`);
    const end = at + 5 + length;
    if (bytes.length < end) break;
    take(bytes.subarray(at + 5, end));
    at = end;
  }
  return bytes.subarray(at);
}
