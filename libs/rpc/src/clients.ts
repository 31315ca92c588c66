import type { ChannelImplementation } from '@grpc/grpc-js/build/src/channel.js';
import { createClientFactory, type CompatServiceDefinition, type Client } from 'nice-grpc';
import { deadlineMiddleware, type DeadlineOptions } from 'nice-grpc-client-middleware-deadline';
import { workerCallMiddleware } from './client-middleware.ts';
import type { Replica, Replicas } from './replicas.ts';
import { workerOf } from './services.ts';

/** Stubs for the services of other workers. Every unary call carries a `deadline` (or a signal with one). */
export class Clients {
  readonly #replicas: Replicas;
  readonly #self: string;
  readonly #stubs = new WeakMap<object, Map<string, unknown>>();

  /** `self` is the worker that calls: `containers`. */
  constructor(replicas: Replicas, self: string) {
    this.#replicas = replicas;
    this.#self = self;
  }

  /** A stub on a replica that is connected now; ask anew for every call. UNAVAILABLE when nobody serves it. */
  async of<Service extends CompatServiceDefinition>(definition: Service): Promise<Client<Service, DeadlineOptions>> {
    const fullName = fullNameOf(definition);
    const worker = workerOf(fullName) ?? fullName;
    return this.#stub(definition, fullName, worker, await this.#replicas.pick(worker));
  }

  #stub<Service extends CompatServiceDefinition>(
    definition: Service,
    fullName: string,
    worker: string,
    replica: Replica,
  ): Client<Service, DeadlineOptions> {
    let stubs = this.#stubs.get(replica.channel);
    if (!stubs) this.#stubs.set(replica.channel, (stubs = new Map()));
    let stub = stubs.get(fullName);
    if (!stub) {
      // The one attached last is asked first, and hears of a deadline that has passed.
      const factory = createClientFactory().use(deadlineMiddleware).use(workerCallMiddleware(this.#self, worker));
      stubs.set(fullName, (stub = factory.create(definition, replica.channel as ChannelImplementation)));
    }
    return stub as Client<Service, DeadlineOptions>;
  }
}

function fullNameOf(definition: CompatServiceDefinition): string {
  if ('fullName' in definition && typeof definition.fullName === 'string') return definition.fullName;
  throw new Error('not a generated service definition');
}
