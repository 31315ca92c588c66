import type { ServerSessionOptions } from 'node:http2';

/**
 * For the connections to clients and to workers. Node gives a connection's
 * window back as soon as it has read, so a stream that nobody reads holds up
 * no other; it may hold as much as `initialWindowSize`.
 */
export const sessionOptions: ServerSessionOptions = {
  settings: { enablePush: false, initialWindowSize: 256 * 1024, maxConcurrentStreams: 10_000 },
  peerMaxConcurrentStreams: 10_000,
  // Streams have their own bounds; what ends a whole connection must be out of reach. Megabytes.
  maxSessionMemory: 4_096,
  // What a client or a worker says is passed on, not judged: a header twice must not throw here.
  strictSingleValueFields: false,
  // Metadata may be repeated, build arguments for one.
  maxHeaderListPairs: 2_000,
};

/**
 * Bytes on their way from a worker, of all calls together. With the 64 KiB that HTTP/2 begins with, many streams of small
 * messages wait for each other; with many more, a short answer waits behind what the long streams have sent.
 */
export const connectionWindow = 1024 * 1024;
