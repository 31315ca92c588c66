import { unavailable } from '@arcbox/errors';
import type { Directory, Registration } from '@arcbox/rpc';
import { Connection } from './connection.ts';

/** How often each replica is asked for a sign of life, in milliseconds. */
const pingPeriod = 2_000;

/** Connections to all replicas that the directory knows. Calls go round-robin to the fittest. */
export class Connections implements Disposable {
  readonly #directory: Directory;
  readonly #byKey = new Map<string, Connection>();
  readonly #listeners = new Set<() => void>();
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #byWorker: ReadonlyMap<string, readonly Connection[]> = new Map();
  #self: Registration | undefined;
  #turn = 0;

  constructor(directory: Directory) {
    this.#directory = directory;
    this.#sync();
    directory.onChange(() => this.#sync(), this.#abort.signal);
    this.#timer = setInterval(() => {
      for (const connection of this.#byKey.values()) connection.ping();
    }, pingPeriod).unref();
  }

  /** Adds the gateway itself, for its own services: it is known without the bus. */
  include(self: Registration): void {
    this.#self = self;
    this.#sync();
  }

  /** The connected replica of `worker` whose turn it is; undefined when there is none but those in `except`. */
  next(worker: string, except?: ReadonlySet<Connection>): Connection | undefined {
    const candidates = this.#byWorker.get(worker) ?? [];
    const turn = this.#turn++;
    let best: Connection | undefined;
    for (let i = 0; i < candidates.length; i++) {
      const candidate = candidates[(turn + i) % candidates.length] as Connection;
      if (candidate.fitness <= (best?.fitness ?? 0) || except?.has(candidate)) continue;
      best = candidate;
      if (best.serving && best.responsive) break;
    }
    return best;
  }

  /** The same, trying to connect first. UNAVAILABLE, within a second, when that fails. */
  async reach(worker: string, except?: ReadonlySet<Connection>): Promise<Connection> {
    const candidates = (this.#byWorker.get(worker) ?? []).filter((candidate) => !except?.has(candidate));
    await Promise.any(candidates.map((candidate) => candidate.connect())).catch(() => {});
    const found = this.next(worker, except);
    if (!found) throw unavailable(`no ${worker} worker is running`);
    return found;
  }

  /** All, by worker and replica. */
  all(): Connection[] {
    return [...this.#byWorker.values()].flat();
  }

  /** Whether some replica of `worker` says that it is ready. */
  isServing(worker: string): boolean {
    return (this.#byWorker.get(worker) ?? []).some((connection) => connection.serving && connection.responsive);
  }

  /** Calls `listener` whenever a replica comes, goes, or changes its health, until `signal` aborts. */
  onChange(listener: () => void, signal: AbortSignal): void {
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true });
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
    clearInterval(this.#timer);
    for (const connection of this.#byKey.values()) connection[Symbol.dispose]();
    this.#byKey.clear();
  }

  #sync(): void {
    // What is asked of the gateway is asked of this one: another one would answer for its own node.
    const others = this.#directory.all().filter(({ worker }) => worker !== 'gateway');
    const all = this.#self ? [this.#self, ...others] : others;
    const present = new Map(all.map((registration) => [keyOf(registration), registration]));
    for (const [key, registration] of present) {
      if (!this.#byKey.has(key)) this.#byKey.set(key, new Connection(registration, () => this.#tell()));
    }
    for (const [key, connection] of this.#byKey) {
      if (present.has(key)) continue;
      this.#byKey.delete(key);
      connection[Symbol.dispose]();
    }
    const sorted = [...this.#byKey.values()].sort((a, b) => compare(a.registration, b.registration));
    this.#byWorker = Map.groupBy(sorted, ({ registration }) => registration.worker);
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** A restarted replica has another pid, and gets a new connection at once. */
const keyOf = ({ address, pid, startedAt }: Registration): string => `${address} ${pid} ${startedAt}`;

const compare = (a: Registration, b: Registration): number =>
  a.worker.localeCompare(b.worker) || a.replica.localeCompare(b.replica, 'en', { numeric: true });
