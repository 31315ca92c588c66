import type { ServerHttp2Session } from 'node:http2';
import type { PeerCertificate } from 'node:tls';
import { readPeerCredentials } from '@arcbox/linux';

/** What the sockets of Node have and their declarations leave out: where the kernel knows them, and who is at the other end. */
interface Ends {
  readonly _handle?: { readonly fd?: number };
  readonly remoteAddress?: string;
  getPeerCertificate?(): Partial<PeerCertificate>;
}

/**
 * Who is at the other end of a connection: `uid=0 pid=42 gid=0` of a unix
 * socket, `cn=name` of a client certificate, `address=10.0.0.1` otherwise.
 * Empty when it has gone already. Printable ASCII: it goes into headers.
 */
export function callerOf(session: ServerHttp2Session): string {
  const socket = session.socket as unknown as Ends;
  const name = socket.getPeerCertificate?.().subject?.CN;
  if (name?.length) return `cn=${plain([name].flat().join('+'))}`;
  if (socket.remoteAddress) return `address=${socket.remoteAddress}`;
  const descriptor = socket._handle?.fd ?? -1;
  if (descriptor < 0) return '';
  const { uid, pid, gid } = readPeerCredentials(descriptor);
  return `uid=${uid} pid=${pid} gid=${gid}`;
}

/** Percent-encoding of all that is not printable ASCII, and of the sign itself; what is too long is cut. */
function plain(text: string): string {
  return text.toWellFormed().replace(/[^ -$&-~]+/g, encodeURIComponent).slice(0, 256);
}
