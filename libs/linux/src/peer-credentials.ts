import { systemCall } from './system-call.ts';

const getsockopt = systemCall('getsockopt', 'int getsockopt(int descriptor, int level, int name, void *value, uint32_t *length)');

/** SOL_SOCKET and SO_PEERCRED: socket(7), unix(7) */
const [socketLevel, peerCredentials] = [1, 17];

/** Who has connected to a unix socket, at the time of that; in our namespaces. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** Of the peer of a connected unix socket, by its descriptor. */
export function readPeerCredentials(descriptor: number): PeerCredentials {
  const value = Buffer.alloc(12);
  getsockopt(descriptor, socketLevel, peerCredentials, value, new Uint32Array([value.length]));
  return { pid: value.readInt32LE(0), uid: value.readUInt32LE(4), gid: value.readUInt32LE(8) };
}
