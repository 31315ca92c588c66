import type { Reference } from '@arcbox/reference';
import { SharedJobs } from '../store/shared-jobs.ts';
import type { Credentials } from './credentials.ts';
import { HostSession } from './host-session.ts';
import { type RegistryHost, RegistryHosts, type RegistryHostsOptions } from './registry-hosts.ts';
import { RemoteRepository } from './repository.ts';
import { defaultRetries, type RetryPolicy } from './transient.ts';
import { type Deadlines, Transport } from './transport.ts';
import type { UploadNews } from './upload-blob.ts';

export interface RegistryAccessOptions extends RegistryHostsOptions {
  readonly retries?: RetryPolicy;
  readonly deadlines?: Deadlines;
}

/** The way to all registries. Connections are shared; credentials and tokens belong to one call. */
export class RegistryAccess implements AsyncDisposable {
  readonly retries: RetryPolicy;
  /** Blobs on their way to registries: each is sent once, however many pushes want it there. */
  readonly uploads = new SharedJobs<UploadNews, void>();
  readonly #transport: Transport;
  readonly #hosts: RegistryHosts;

  constructor(options: RegistryAccessOptions) {
    this.retries = options.retries ?? defaultRetries;
    this.#transport = new Transport(options.deadlines);
    this.#hosts = new RegistryHosts(options);
  }

  /** FAILED_PRECONDITION when the configuration of its registry is broken. */
  repository({ domain, path }: Reference, credentials: Credentials | undefined): RemoteRepository {
    const [transport, hosts, retries] = [this.#transport, this.#hosts, this.retries];
    return new RemoteRepository({ transport, hosts, retries, domain, path, credentials });
  }

  /** The host of a registry that may see a login; undefined when it is configured to be elsewhere altogether. */
  loginTo(domain: string, credentials: Credentials): HostSession | undefined {
    const host = this.#hosts.of(domain).findLast(({ mirrorOf }: RegistryHost) => mirrorOf === undefined);
    const [transport, hosts] = [this.#transport, this.#hosts];
    return host && new HostSession({ transport, hosts, host, domain, credentials, wantsIdentityToken: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.uploads[Symbol.asyncDispose]();
    await this.#transport[Symbol.asyncDispose]();
  }
}
