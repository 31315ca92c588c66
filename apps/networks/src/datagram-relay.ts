import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { bindBeside } from './port-socket.ts';
import type { Target } from './relay-socket.ts';

/** A client that is silent for so long is forgotten; milliseconds. */
const silence = 90_000;

/** Clients of one port at a time; further ones are dropped until there is room. */
const mostClients = 1_000;

/** Sockets for single addresses, of all ports: others need descriptors as well. */
const mostSockets = 2_000;

/** Addresses that came to the host are looked for at most this often; milliseconds. */
const lookPeriod = 1_000;

interface Client {
  /** Where it has sent to, and where answers leave from. */
  readonly outer: Socket;
  readonly inner: Socket;
  timer: NodeJS.Timeout;
}

/**
 * Passes the datagrams of a published UDP port on, and the answers back to who
 * has sent them, from the address that they were sent to: clients take no other.
 * Node does not tell that address, so each has a socket; the first one gets the
 * rest, and what comes while nobody relays. Owns the descriptor.
 */
export class DatagramRelay implements Disposable {
  readonly #descriptor: number;
  readonly #target: Target;
  readonly #wide: Socket;
  /** By address of the host. */
  readonly #narrow = new Map<string, Socket>();
  readonly #clients = new Map<string, Client>();
  #looked = 0;
  static #sockets = 0;

  constructor(descriptor: number, target: Target) {
    this.#descriptor = descriptor;
    this.#target = target;
    this.#wide = this.#listen(descriptor, '');
    this.#wide.on('message', () => this.#attend());
    this.#attend();
  }

  /** Sees to it that each of the host's addresses has its socket, if the port is published on all. */
  #attend(): void {
    const now = Date.now();
    if (now - this.#looked < lookPeriod) return;
    this.#looked = now;
    const { address, port } = this.#wide.address();
    if (address !== '::') return;
    const present = hostAddresses();
    for (const gone of [...this.#narrow.keys()].filter((one) => !present.has(one))) this.#close(gone);
    for (const one of present) {
      if (this.#narrow.has(one) || DatagramRelay.#sockets >= mostSockets) continue;
      const descriptor = bindBeside(this.#descriptor, port, one);
      if (typeof descriptor !== 'number') continue;
      this.#narrow.set(one, this.#listen(descriptor, one));
      DatagramRelay.#sockets++;
    }
  }

  #listen(descriptor: number, own: string): Socket {
    const socket = createSocket('udp6');
    socket.on('error', () => {});
    socket.on('message', (message, from) => this.#pass(message, from, { socket, own }));
    socket.bind({ fd: descriptor });
    return socket.unref();
  }

  #pass(message: Buffer, { address, port }: { address: string; port: number }, { socket, own }: { socket: Socket; own: string }): void {
    const to = this.#target();
    // A client whose container has moved to the other family is a new one.
    const key = `${address} ${port} ${own} ${to?.family}`;
    const known = this.#clients.get(key);
    if (!to || (!known && this.#clients.size >= mostClients)) return;
    const timer = setTimeout(() => this.#forget(key), silence).unref();
    const client = known ?? { outer: socket, inner: createSocket(`udp${to.family}`), timer };
    clearTimeout(known?.timer);
    client.timer = timer;
    if (!known) {
      this.#clients.set(key, client);
      // Nobody listens there, or no longer: what UDP clients have to expect.
      client.inner.on('error', () => this.#forget(key));
      client.inner.on('message', (answer) => socket.send(answer, port, address, () => {}));
      client.inner.unref();
    }
    client.inner.send(message, to.port, to.host, () => {});
  }

  #forget(key: string): void {
    const client = this.#clients.get(key);
    if (!client || !this.#clients.delete(key)) return;
    clearTimeout(client.timer);
    client.inner.close();
  }

  #close(address: string): void {
    const socket = this.#narrow.get(address);
    for (const [key, { outer }] of this.#clients) if (outer === socket) this.#forget(key);
    if (!socket || !this.#narrow.delete(address)) return;
    DatagramRelay.#sockets--;
    socket.close();
  }

  [Symbol.dispose](): void {
    for (const key of [...this.#clients.keys()]) this.#forget(key);
    for (const address of [...this.#narrow.keys()]) this.#close(address);
    this.#wide.close();
  }
}

/** IPv6 addresses of the host; on link-local ones the kernel answers from the right one. */
function hostAddresses(): Set<string> {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return new Set(all.flatMap(({ family, address }) => (family === 'IPv6' && !address.startsWith('fe80:') ? [address] : [])));
}
