import type { ChannelImplementation } from '@grpc/grpc-js/build/src/channel.js';
import { connectivityState } from '@grpc/grpc-js';
import { createClientFactory, type CompatServiceDefinition, type Client, type ClientFactory } from 'nice-grpc';
import { deadlineMiddleware, type DeadlineOptions } from 'nice-grpc-client-middleware-deadline';
import { workerCallMiddleware } from './client-middleware.ts';
import { type Elsewhere, repeatElsewhere, type RepeatOptions } from './repeat-elsewhere.ts';
import type { Replica, Replicas } from './replicas.ts';
import { workerOf } from './services.ts';

type CallExtras = DeadlineOptions & RepeatOptions;

/**
 * Stubs for the services of other workers. What only reads goes to another replica when the first has gone. Every unary call
 * carries a `deadline` (or a signal with one).
 */
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
  async of<Service extends CompatServiceDefinition>(definition: Service): Promise<Client<Service, CallExtras>> {
    const fullName = fullNameOf(definition);
    const worker = workerOf(fullName) ?? fullName;
    const replica = await this.#replicas.pick(worker);
    const search = (path: string): Elsewhere => {
      const asked = new Set([replica]);
      return async () => {
        const other = await this.#replicas.pick(worker, asked).catch(() => undefined);
        if (!other) return undefined;
        asked.add(other);
        return methodOf(this.#stub(definition, `plain ${fullName}`, other, () => this.#factory(worker, other)), definition, path);
      };
    };
    return this.#stub(definition, fullName, replica, () => this.#factory(worker, replica).use(repeatElsewhere(worker, search)));
  }

  #stub<Service extends CompatServiceDefinition, Extras extends object>(
    definition: Service,
    name: string,
    { channel }: Replica,
    factory: () => ClientFactory<Extras>,
  ): Client<Service, Extras> {
    let stubs = this.#stubs.get(channel);
    if (!stubs) this.#stubs.set(channel, (stubs = new Map()));
    let stub = stubs.get(name);
    if (!stub) stubs.set(name, (stub = factory().create(definition, channel as ChannelImplementation)));
    return stub as Client<Service, Extras>;
  }

  #factory(worker: string, { channel }: Replica): ClientFactory<DeadlineOptions> {
    const isClosed = (): boolean => channel.getConnectivityState(false) === connectivityState.SHUTDOWN;
    // The one attached last is asked first, and hears of a deadline that has passed.
    return createClientFactory().use(deadlineMiddleware).use(workerCallMiddleware(this.#self, worker, isClosed));
  }
}

/** The method of a stub that makes the calls of `path`, `/package.Service/Method`. */
function methodOf(stub: object, definition: CompatServiceDefinition, path: string): Awaited<ReturnType<Elsewhere>> {
  const methods = 'methods' in definition ? (definition.methods as Readonly<Record<string, { readonly name: string }>>) : {};
  const key = Object.keys(methods).find((name) => methods[name]?.name === path.split('/').at(-1));
  return (stub as Readonly<Record<string, Awaited<ReturnType<Elsewhere>>>>)[key ?? ''];
}

function fullNameOf(definition: CompatServiceDefinition): string {
  if ('fullName' in definition && typeof definition.fullName === 'string') return definition.fullName;
  throw new Error('not a generated service definition');
}
