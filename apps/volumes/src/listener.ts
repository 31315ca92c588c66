import { readlinkSync } from 'node:fs';
import type { Socket } from 'node:net';
import { type PeerCredentials, readPeerCredentials } from '@arcbox/linux';

/** Who listens at a unix socket of the host. */
export interface Listener {
  readonly uid: number;
  /** Root, and it sees the same files as this process. */
  readonly isHosts: boolean;
}

/** Where the kernel knows a socket of Node: its declarations leave it out. */
interface Ends {
  readonly _handle?: { readonly fd?: number };
}

/** At the other end of a connection. */
export function listenerOf(socket: Socket): Listener {
  const peer = readPeerCredentials((socket as unknown as Ends)._handle?.fd ?? -1);
  return { uid: peer.uid, isHosts: peer.uid === 0 && seesTheSame(peer) };
}

/** Root of a container has files of its own. Who has gone, or is in another pid namespace, is not taken for the host's. */
function seesTheSame({ pid }: PeerCredentials): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`) === readlinkSync('/proc/self/ns/mnt');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
