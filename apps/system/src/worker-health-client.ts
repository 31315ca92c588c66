import { setTimeout as sleep } from 'node:timers/promises';
import {
  HealthCheckResponse_ServingStatus as Status,
  type HealthClient,
  HealthDefinition,
} from '@arcbox/proto/grpc/health/v1/health';
import { type Directory, openPingedChannel, type Registration } from '@arcbox/rpc';
import { type Channel, createClient } from 'nice-grpc';

/** Between two pings of a replica, and how long an answer may take; milliseconds. Together under 2 s. */
const pings = { period: 700, patience: 1_200 };

/** Before a broken watch is opened again, in milliseconds. */
const pause = 100;

/**
 * Health of the replicas of some workers on this node. Each is watched, which
 * tells of its end in the moment it comes, and pinged now and then, which finds
 * one that hangs.
 */
export class WorkerHealth implements AsyncDisposable {
  readonly #options: { directory: Directory; node: string; workers: readonly string[] };
  readonly #known = new Map<string, ReplicaHealth>();
  readonly #abort = new AbortController();
  #listener: () => void = () => {};

  constructor(options: { directory: Directory; node: string; workers: readonly string[] }) {
    this.#options = options;
    options.directory.onChange(() => this.#refresh(), this.#abort.signal);
    this.#refresh();
  }

  isPresent(worker: string): boolean {
    return this.#replicas(worker).length > 0;
  }

  /** Whether one replica at least answers and is ready. */
  isServing(worker: string): boolean {
    return this.#replicas(worker).some((replica) => replica.serving);
  }

  /** Whether one replica at least answers, that it is not ready. */
  isPreparing(worker: string): boolean {
    return this.#replicas(worker).some((replica) => replica.status === Status.NOT_SERVING);
  }

  /** Process id of a replica that serves, on this host. */
  pidOf(worker: string): number | undefined {
    return this.#replicas(worker).find((replica) => replica.serving)?.registration.pid;
  }

  /** Calls `listener` after each change; there is one listener. */
  onChange(listener: () => void): void {
    this.#listener = listener;
  }

  #replicas(worker: string): ReplicaHealth[] {
    return [...this.#known.values()].filter(({ registration }) => registration.worker === worker);
  }

  #refresh(): void {
    const { directory, node, workers } = this.#options;
    const wanted = new Map(
      directory
        .all()
        .filter((registration) => registration.node === node && workers.includes(registration.worker))
        .map((registration) => [keyOf(registration), registration]),
    );
    for (const [key, replica] of this.#known) {
      if (wanted.has(key)) continue;
      this.#known.delete(key);
      void replica[Symbol.asyncDispose]();
    }
    for (const [key, registration] of wanted) {
      if (this.#known.has(key)) continue;
      this.#known.set(key, new ReplicaHealth(registration, () => this.#listener()));
    }
    this.#listener();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    this.#listener = () => {};
    await Promise.all([...this.#known.values()].map((replica) => replica[Symbol.asyncDispose]()));
  }
}

const keyOf = ({ replica, pid, startedAt }: Registration): string => `${replica} ${pid} ${startedAt}`;

class ReplicaHealth implements AsyncDisposable {
  readonly registration: Registration;
  readonly #channel: Channel;
  readonly #client: HealthClient;
  readonly #changed: () => void;
  readonly #abort = new AbortController();
  readonly #running: Promise<unknown>;
  status = Status.UNKNOWN;

  constructor(registration: Registration, changed: () => void) {
    this.registration = registration;
    this.#channel = openPingedChannel(registration, pings);
    this.#client = createClient(HealthDefinition, this.#channel);
    this.#changed = changed;
    this.#running = this.#watchAlways();
  }

  async #watchAlways(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      await this.#watch(signal).catch(() => {});
      this.#set(Status.UNKNOWN);
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    for await (const { status } of this.#client.watch({}, { signal })) this.#set(status);
  }

  get serving(): boolean {
    return this.status === Status.SERVING;
  }

  #set(status: Status): void {
    if (this.#abort.signal.aborted || status === this.status) return;
    this.status = status;
    this.#changed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#running;
    this.#channel.close();
  }
}
