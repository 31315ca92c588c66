import type { Server, Socket } from 'node:net';

/**
 * Serves a listening socket of which another process has one, too: when this fails, connections wait until somebody else
 * takes them. Owns the descriptor; disposing also ends the connections that are `open`.
 */
export function listenOn(descriptor: number, server: Server, open: { keys(): Iterable<Socket> }): Disposable {
  server.on('error', () => server.close());
  server.listen({ fd: descriptor });
  server.unref();
  return {
    [Symbol.dispose]() {
      server.close();
      for (const socket of open.keys()) socket.destroy();
    },
  };
}
