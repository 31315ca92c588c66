import { join } from 'node:path';
import { messageOf } from '@arcbox/errors';
import type { Logger } from '@arcbox/log';
import { isAlive, type Store } from '@arcbox/store';
import { Answers } from './answer-question.ts';
import { ForeignCommits } from './foreign-commits.ts';
import { NameIndex } from './name-index.ts';
import { holdNameSockets } from './name-sockets.ts';
import { hasNames, type Network } from './network.ts';
import { endHolder, listHolders, titles } from './port-holder.ts';
import type { NameServerRecord, Records } from './records.ts';
import { copySockets } from './relay-socket.ts';
import { type Answer, serveDatagrams, serveStreams } from './serve-names.ts';

/** How often servers that another replica has begun are joined; milliseconds. */
const joinPeriod = 2_000;

interface Serving extends Disposable {
  readonly holder: string;
}

/**
 * Names of containers on networks of the user's own: their gateways answer. A
 * process that outlives the workers holds the sockets of each network that
 * somebody is on, and all replicas take questions from them: what is asked while
 * there is none waits for one.
 */
export class Names implements Disposable {
  readonly #store: Store;
  readonly #records: Records;
  readonly #log: Logger;
  readonly #directory: string;
  readonly #index: NameIndex;
  readonly #answers: Answers;
  /** By network. */
  readonly #serving = new Map<string, Serving>();
  readonly #commits: ForeignCommits;
  #joining: NodeJS.Timeout | undefined;

  constructor({ directory, store, records, log }: { directory: string; store: Store; records: Records; log: Logger }) {
    this.#directory = join(directory, 'names');
    this.#store = store;
    this.#records = records;
    this.#log = log;
    this.#index = new NameIndex(records);
    this.#answers = new Answers(records, this.#index);
    this.#commits = new ForeignCommits(store, { isWanted: () => this.#serving.size > 0, tell: () => this.#askAgain() });
  }

  /** From here on, servers of other replicas are joined too. */
  start(): void {
    this.#joinAll();
    this.#joining = setInterval(() => this.#joinAll(), joinPeriod).unref();
  }

  /** Makes these networks answer what the records say now. A server that fails is no reason to fail a container. */
  async update(networks: readonly Network[]): Promise<void> {
    this.#index.forget();
    await Promise.all(networks.filter(hasNames).map((network) => this.#agree(network)));
  }

  /** Makes every network answer, and ends the servers of those that have gone. */
  async restore(): Promise<void> {
    for (const { owner, identity } of listHolders(titles.names, this.#directory)) {
      if (this.#records.nameServers.get(owner)?.holder === identity) continue;
      using lease = this.#store.leases.tryHold(leaseOf(owner));
      if (lease && this.#records.nameServers.get(owner)?.holder !== identity) await endHolder(identity);
    }
    for (const { id } of this.#records.nameServers.all()) if (!this.#records.networks.get(id)) await this.#end(id);
    await this.update(this.#records.networks.all());
  }

  /** Starts again what somebody has killed. True when that was needed. */
  async revive(): Promise<boolean> {
    const dead = this.#records.nameServers.all().filter(({ holder }) => !isAlive(holder));
    if (dead.length === 0) return false;
    await this.update(dead.flatMap(({ id }) => this.#records.networks.get(id) ?? []));
    return true;
  }

  /** Has a server for a network that somebody is on, and none for others. */
  async #agree(network: Network): Promise<void> {
    try {
      if (!this.#isRight(network.id)) {
        using _lease = await this.#store.leases.hold(leaseOf(network.id));
        if (!this.#isRight(network.id)) await this.#change(network);
      }
      const server = this.#records.nameServers.get(network.id);
      if (server) this.#join(server);
    } catch (error) {
      this.#log.error({ error, network: network.name }, `containers of a network find no names: ${messageOf(error)}`);
    }
  }

  #isRight(network: string): boolean {
    const server = this.#records.nameServers.get(network);
    return this.#records.hasMembers(network) ? server !== undefined && isAlive(server.holder) : server === undefined;
  }

  async #change(network: Network): Promise<void> {
    await this.#end(network.id);
    if (!this.#records.hasMembers(network.id)) return;
    const server = await holdNameSockets(network, this.#directory);
    this.#records.nameServers.put(server);
  }

  async #end(network: string): Promise<void> {
    this.#leave(network);
    const server = this.#records.nameServers.get(network);
    // The others let go of the sockets when they see this.
    this.#records.nameServers.delete(network);
    await endHolder(server?.holder);
  }

  #joinAll(): void {
    if (!this.#store.db.isOpen) return clearInterval(this.#joining);
    for (const server of this.#records.nameServers.all()) {
      try {
        this.#join(server);
      } catch (error) {
        this.#log.warn({ error, network: server.id }, `cannot answer for names of a network: ${messageOf(error)}`);
      }
    }
  }

  #join({ id, holder, sockets }: NameServerRecord): void {
    if (this.#serving.get(id)?.holder === holder || !isAlive(holder)) return;
    this.#leave(id);
    const answer: Answer = (message, source, way) => this.#answer({ message, source, way, network: id });
    const copies = copySockets(Number.parseInt(holder, 10), sockets.map(({ descriptor }) => descriptor));
    const owned = new DisposableStack();
    sockets.forEach(({ protocol, family }, index) => {
      const socket = copies[index] ?? -1;
      owned.use(protocol === 'tcp' ? serveStreams(socket, answer) : serveDatagrams(socket, family, answer));
    });
    this.#serving.set(id, { holder, [Symbol.dispose]: () => owned.dispose() });
    this.#commits.watch();
  }

  async #answer(arrived: Parameters<Answers['to']>[0]): Promise<Buffer | undefined> {
    try {
      this.#commits.look();
      return await this.#answers.to(arrived);
    } catch (error) {
      this.#log.error({ error, network: arrived.network }, 'cannot answer a question for a name');
      return undefined;
    }
  }

  /** Another replica has committed: asks the records again, and lets go of the sockets of servers that have ended. */
  #askAgain(): void {
    this.#index.forget();
    for (const [id, { holder }] of this.#serving) if (this.#records.nameServers.get(id)?.holder !== holder) this.#leave(id);
  }

  #leave(network: string): void {
    this.#serving.get(network)?.[Symbol.dispose]();
    this.#serving.delete(network);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#joining);
    this.#commits[Symbol.dispose]();
    for (const id of [...this.#serving.keys()]) this.#leave(id);
  }
}

function leaseOf(network: string): string {
  return `names/${network}`;
}
