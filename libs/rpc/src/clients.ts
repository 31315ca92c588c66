import type { ChannelImplementation } from '@grpc/grpc-js/build/src/channel.js';
import { createClientFactory, type CompatServiceDefinition, type Client } from 'nice-grpc';
import { deadlineMiddleware, type DeadlineOptions } from 'nice-grpc-client-middleware-deadline';
import type { Replica, Replicas } from './replicas.ts';
import { workerOf } from './services.ts';

/** Stubs for the services of other workers. Every unary call carries a `deadline` (or a signal with one). */
export class Clients {
  readonly #replicas: Replicas;
  readonly #factory = createClientFactory().use(deadlineMiddleware);
  readonly #stubs = new WeakMap<object, Map<string, unknown>>();

  constructor(replicas: Replicas) {
    this.#replicas = replicas;
  }

  /** A stub on a replica that is connected now; ask anew for every call. UNAVAILABLE when nobody serves it. */
  async of<Service extends CompatServiceDefinition>(definition: Service): Promise<Client<Service, DeadlineOptions>> {
    const fullName = fullNameOf(definition);
    const replica = await this.#replicas.pick(workerOf(fullName) ?? fullName);
    return this.#stub(definition, fullName, replica);
  }

  #stub<Service extends CompatServiceDefinition>(
    definition: Service,
    fullName: string,
    replica: Replica,
  ): Client<Service, DeadlineOptions> {
    let stubs = this.#stubs.get(replica.channel);
    if (!stubs) this.#stubs.set(replica.channel, (stubs = new Map()));
    let stub = stubs.get(fullName);
    if (!stub) stubs.set(fullName, (stub = this.#factory.create(definition, replica.channel as ChannelImplementation)));
    return stub as Client<Service, DeadlineOptions>;
  }
}

function fullNameOf(definition: CompatServiceDefinition): string {
  if ('fullName' in definition && typeof definition.fullName === 'string') return definition.fullName;
  throw new Error('not a generated service definition');
}
