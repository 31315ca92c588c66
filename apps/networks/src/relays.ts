import { isAlive, type Store } from '@arcbox/store';
import type { Logger } from '@arcbox/log';
import { messageOf } from '@arcbox/errors';
import { DatagramRelay } from './datagram-relay.ts';
import { ForeignCommits } from './foreign-commits.ts';
import type { Records } from './records.ts';
import { copySockets, relayConnections, type Target } from './relay-socket.ts';
import { outerAddress, type Relay, type Sandbox } from './sandbox.ts';

/** How often the relays of replicas that have died are taken over; milliseconds. */
const adoptPeriod = 2_000;

/** A replica that does not give up what it relays by then hangs; milliseconds. */
const endPatience = 1_000;

interface Running extends Disposable {
  readonly holder: string;
}

const leaseOf = (id: string): string => `relay/${id}`;

/**
 * Passes on what comes by IPv6 to published ports where the firewall cannot: to
 * containers that have IPv4 only, and from the host's ::1, which the kernel lets
 * out by no other interface. The sockets are held by a process that outlives workers: what comes
 * while there is none waits. One replica relays for a container.
 */
export class Relays implements Disposable {
  readonly #store: Store;
  readonly #records: Records;
  readonly #log: Logger;
  readonly #running = new Map<string, Running>();
  #adopting: NodeJS.Timeout | undefined;
  /** They bound how long a port outlives its container here. */
  readonly #commits: ForeignCommits;

  constructor(store: Store, records: Records, log: Logger) {
    this.#store = store;
    this.#records = records;
    this.#log = log;
    this.#commits = new ForeignCommits(store, { isWanted: () => this.#running.size > 0, tell: () => this.#endStale() });
  }

  start(): void {
    this.#adoptAll();
    this.#adopting = setInterval(() => this.#adoptAll(), adoptPeriod).unref();
  }

  /** Relays for a sandbox that needs it, unless another replica does. */
  adopt({ id, state, holder, relays }: Sandbox): void {
    if (!relays || state !== 'open' || this.#running.has(id) || holder === undefined || !isAlive(holder)) return;
    const owned = new DisposableStack();
    try {
      const lease = this.#store.leases.tryHold(leaseOf(id));
      if (!lease) return;
      owned.use(lease);
      this.#relay(id, holder, relays, owned);
    } catch (error) {
      owned.dispose();
      this.#log.warn({ error, container: id }, `IPv6 does not reach a container: ${messageOf(error)}`);
    }
  }

  end(id: string): void {
    this.#running.get(id)?.[Symbol.dispose]();
    this.#running.delete(id);
  }

  /** Also those of other replicas, which have copies of the sockets: resolves when nobody relays for a sandbox that is marked as closing. */
  async endEverywhere({ id, relays }: Sandbox): Promise<void> {
    const isOurs = this.#running.has(id);
    this.end(id);
    if (isOurs || !relays) return;
    const patience = AbortSignal.timeout(endPatience);
    try {
      (await this.#store.leases.hold(leaseOf(id), patience))[Symbol.dispose]();
    } catch (error) {
      if (!patience.aborted) throw error;
      this.#log.warn({ container: id }, 'another replica still has published ports of a container that is gone');
    }
  }

  #adoptAll(): void {
    if (!this.#store.db.isOpen) return clearInterval(this.#adopting);
    for (const sandbox of this.#records.relayed()) this.adopt(sandbox);
  }

  /** Another replica has closed them. */
  #endStale(): void {
    for (const [id, { holder }] of this.#running) {
      const sandbox = this.#records.sandboxes.get(id);
      if (sandbox?.state !== 'open' || sandbox.holder !== holder) this.end(id);
    }
  }

  #relay(id: string, holder: string, relays: readonly Relay[], owned: DisposableStack): void {
    const sockets = copySockets(Number.parseInt(holder, 10), relays.map(({ descriptor }) => descriptor));
    relays.forEach(({ protocol, containerPort }, index) => {
      const [socket, target] = [sockets[index] ?? -1, this.#targetOf(id, containerPort)];
      owned.use(protocol === 'tcp' ? relayConnections(socket, target) : new DatagramRelay(socket, target));
    });
    this.#running.set(id, { holder, [Symbol.dispose]: () => owned.dispose() });
    this.#commits.watch();
  }

  #targetOf(id: string, port: number): Target {
    return () => {
      const { endpoints = [] } = this.#records.sandboxes.get(id) ?? {};
      const to = outerAddress(endpoints, 6) ?? outerAddress(endpoints, 4);
      return to && { host: to.address, port, family: to.family };
    };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#adopting);
    this.#commits[Symbol.dispose]();
    for (const id of [...this.#running.keys()]) this.end(id);
  }
}
