import type { SessionOptions } from 'node:http2';

/**
 * For the connections to clients and to workers. Node gives a connection's
 * window back as soon as it has read, so a stream that nobody reads holds up
 * no other; it may hold as much as `initialWindowSize`.
 */
export const sessionOptions: SessionOptions = {
  settings: { enablePush: false, initialWindowSize: 256 * 1024, maxConcurrentStreams: 10_000 },
  peerMaxConcurrentStreams: 10_000,
  // Streams have their own bounds; what ends a whole connection must be out of reach. Megabytes.
  maxSessionMemory: 4_096,
  // Metadata may be repeated, build arguments for one.
  maxHeaderListPairs: 2_000,
};
