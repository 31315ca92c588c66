import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';

/** A gRPC status that the gateway gives itself. */
export interface Answer {
  /** https://grpc.io/docs/guides/status-codes/ */
  readonly code: number;
  /** For people. */
  readonly message: string;
}

/** Ends the call with a status of ours: with headers when there were none yet, else as trailers after what was sent. */
export function answer(client: ServerHttp2Stream, { code, message }: Answer, requestId: string): void {
  if (client.closed || client.destroyed) return;
  const status = { 'grpc-status': String(code), 'grpc-message': encodeMessage(message) };
  if (client.headersSent) return endWith(client, status);
  client.respond(
    { ':status': 200, 'content-type': 'application/grpc+proto', 'x-request-id': requestId, ...status },
    { endStream: true },
  );
  letGo(client);
}

/** Sends what is written, then the trailers. */
export function endWith(client: ServerHttp2Stream, trailers: OutgoingHttpHeaders): void {
  client.once('wantTrailers', () => {
    try {
      client.sendTrailers(trailers);
      letGo(client);
    } catch {
      // Node refuses these trailers: without any, the client sees that the call was cut off.
      client.close(constants.NGHTTP2_INTERNAL_ERROR);
    }
  });
  client.end();
}

/**
 * A client that is still sending when it has its answer is told to stop, as
 * RFC 9113, 8.1 has it; the request that is on its way is dropped.
 */
export function letGo(client: ServerHttp2Stream): void {
  client.resume();
  // The trailers leave in an immediate of their own, before this one.
  setImmediate(() => {
    if (!client.readableEnded && !client.closed) client.close();
  });
}

/** Percent-encoding of `grpc-message`: all but printable ASCII, and the sign itself. */
function encodeMessage(message: string): string {
  return message.toWellFormed().replace(/[^\x20-\x24\x26-\x7e]+/g, encodeURIComponent);
}
