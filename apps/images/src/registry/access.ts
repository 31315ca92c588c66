import type { Reference } from '../reference.ts';
import type { Credentials } from './credentials.ts';
import { RemoteRepository } from './repository.ts';
import { defaultRetries, type RetryPolicy } from './transient.ts';
import { Transport, type TransportOptions } from './transport.ts';

/** The way to all registries. Connections are shared; credentials and tokens belong to one call. */
export class RegistryAccess implements AsyncDisposable {
  readonly retries: RetryPolicy;
  readonly #transport: Transport;

  constructor(options: TransportOptions & { retries?: RetryPolicy }) {
    this.retries = options.retries ?? defaultRetries;
    this.#transport = new Transport(options);
  }

  repository({ domain, path }: Reference, credentials: Credentials | undefined): RemoteRepository {
    return new RemoteRepository({ transport: this.#transport, retries: this.retries, domain, path, credentials });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]();
  }
}
