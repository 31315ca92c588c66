import { chmodSync, chownSync, statSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';

/** sun_path holds 108 bytes with the final zero: unix(7). */
const maxPath = 107;

/**
 * Makes `path` free for binding: removes the socket that a crash has left,
 * refuses when somebody answers there.
 */
export async function clearSocket(path: string): Promise<void> {
  if (Buffer.byteLength(path) > maxPath) {
    throw new Error(`socket path is longer than ${maxPath} bytes, choose a shorter root: ${path}`);
  }
  const present = statSync(path, { throwIfNoEntry: false });
  if (!present) return;
  if (!present.isSocket()) throw new Error(`not a socket: ${path}`);
  if (await answers(path)) throw new Error(`somebody else listens on ${path}`);
  unlinkSync(path);
}

/**
 * Runs `listen` on a cleared socket and makes it 0660. As root, its group becomes `gid`. Connecting needs write
 * permission, which the umask of a worker gives to nobody else in the moment before.
 */
export async function bindSocket(path: string, gid: number | undefined, listen: () => Promise<unknown>): Promise<void> {
  await clearSocket(path);
  await listen();
  chmodSync(path, 0o660);
  if (gid !== undefined && process.getuid?.() === 0) chownSync(path, 0, gid);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
