import { resourceExhausted } from '@arcbox/errors';
import type { Logger } from '@arcbox/log';
import { FanOut, Signal, SlowReaderError } from '@arcbox/stream';
import type { ToldStatus } from './presence.ts';
import { type HostIntegration, type Observation, type SetupStatus, statusIn, stepsTo } from './setup-status.ts';

/** Looks at the host again after this time, until all is settled and from then on; milliseconds. Workers tell of their changes. */
const [period, settledPeriod] = [500, 2_000];

/** Changes that a watcher may be behind before it is ended. */
const watcherCapacity = 4_096;

const nothingInstalled: HostIntegration = { dnsResolver: false, dockerSocket: false, route: false, dockerTools: false };
const nothingSeen: Observation = { shortcomings: [], present: [], serving: [], integration: nothingInstalled };

export interface SetupMonitorOptions {
  /** Workers that have to serve for the engine to be ready. */
  readonly needed: readonly string[];
  readonly health: {
    isPresent(worker: string): boolean;
    isServing(worker: string): boolean;
    isPreparing(worker: string): boolean;
    onChange(listener: () => void): void;
  };
  /** The engine before this one was killed, not stopped. */
  readonly followsCrash: boolean;
  /** How the other replicas see the engine, and how they hear of it from this one. */
  readonly others: { readonly told: readonly ToldStatus[]; tell(status: ToldStatus): void };
  readonly shortcomings: () => readonly string[];
  readonly integration: () => Promise<HostIntegration>;
  readonly log: Logger;
}

/** Follows how far the engine is, and tells every change to every watcher. */
export class SetupMonitor implements AsyncDisposable {
  readonly #options: SetupMonitorOptions;
  readonly #changes = new FanOut<SetupStatus>(watcherCapacity);
  readonly #abort = new AbortController();
  readonly #wake = new Signal();
  readonly #settled = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  #current: SetupStatus;
  #integration = nothingInstalled;
  #wasReady = false;
  /** The engine was ready before this replica came: it does not start anew. */
  readonly #isUp: boolean;
  #hasLeftovers: boolean;

  constructor(options: SetupMonitorOptions) {
    this.#options = options;
    this.#hasLeftovers = options.followsCrash;
    this.#isUp = options.others.told.some(({ phase }) => phase === 'ready' || phase === 'degraded');
    this.#current = statusIn('initializing', nothingSeen, options.needed);
    // A worker that dies and is back before the next look has been away all the same.
    options.health.onChange(() => this.#look());
    this.#running = this.#run();
  }

  get current(): SetupStatus {
    return this.#current;
  }

  /** Resolves when it has seen what another replica says of the engine, and has looked at the host since. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** The present status, then each change, until `signal` aborts. RESOURCE_EXHAUSTED for a watcher that does not read. */
  async *watch(signal: AbortSignal): AsyncGenerator<SetupStatus, void, undefined> {
    using statuses = this.#changes.subscribe([this.#current]);
    const leave = (): void => statuses[Symbol.dispose]();
    signal.addEventListener('abort', leave, { once: true });
    try {
      if (!signal.aborted) yield* statuses;
      // Leaving is an end of its own, so that a stopping worker does not look like one that has said all.
      signal.throwIfAborted();
    } catch (error) {
      throw error instanceof SlowReaderError ? resourceExhausted('this client reads the setup status too slowly', error) : error;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  async #run(): Promise<void> {
    for (let agrees = false; !this.#abort.signal.aborted; ) {
      this.#look();
      const wasReady = this.#wasReady;
      let isSettled = false;
      try {
        agrees ||= this.#agrees();
        this.#integration = await this.#options.integration();
        // By now the workers that are there have been seen.
        this.#wasReady ||= this.#isUp;
        this.#look();
        isSettled = wasReady && this.#current.phase === 'ready';
        if (agrees) this.#settled.resolve();
      } catch (error) {
        this.#options.log.debug({ error }, 'looking at the host failed');
      }
      await this.#wake.wait(isSettled ? settledPeriod : period, this.#abort.signal);
    }
  }

  /** Whether another replica says the same. */
  #agrees(): boolean {
    const { phase, message } = this.#current;
    return this.#options.others.told.some((status) => status.phase === phase && status.message === message);
  }

  /** On a full disk they are not told; only one that joins would want to know. */
  #tellOthers(status: SetupStatus): void {
    try {
      this.#options.others.tell(status);
    } catch (error) {
      this.#options.log.warn({ error }, 'other replicas were not told how the engine is');
    }
  }

  #look(): void {
    if (this.#abort.signal.aborted) return;
    const { needed, health, log, shortcomings } = this.#options;
    if (health.isServing('containers')) this.#hasLeftovers = false;
    const observation: Observation = {
      shortcomings: shortcomings(),
      present: needed.filter((worker) => health.isPresent(worker)),
      serving: needed.filter((worker) => health.isServing(worker)),
      ...(this.#hasLeftovers ? { leftovers: health.isPreparing('containers') ? 'in hand' : 'untouched' } : {}),
      integration: this.#integration,
    };
    for (const status of stepsTo(observation, needed, this.#current, this.#wasReady)) {
      if (status.phase !== this.#current.phase) log.info({ phase: status.phase, message: status.message }, 'setup');
      this.#current = status;
      this.#changes.publish(status);
      this.#tellOthers(status);
    }
    if (this.#current.phase === 'ready') this.#wasReady = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#running;
    this.#changes.end();
  }
}
