import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between a client and a bus, and passes on nothing, or breaks all connections, as told. */
export interface BusProxy extends AsyncDisposable {
  readonly url: string;
  /** Nothing goes through any more, and nobody is told. */
  hang(): void;
  /** All goes through again, also what has waited. */
  goOn(): void;
  cut(): void;
}

export async function startBusProxy(port: number): Promise<BusProxy> {
  const sockets = new Set<Socket>();
  let hangs = false;
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on('data', (bytes) => to.write(bytes));
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    if (hangs) from.pause();
  };
  const server = createServer((client) => {
    const bus = connect(port, '127.0.0.1');
    pass(client, bus);
    pass(bus, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hang() {
      hangs = true;
      for (const socket of sockets) socket.pause();
    },
    goOn() {
      hangs = false;
      for (const socket of sockets) socket.resume();
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
