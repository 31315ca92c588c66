import { join } from 'node:path';
import { type ClientConfig, readClientConfig } from '@arcbox/config';
import { messageOf } from '@arcbox/errors';
import { note } from '../output.ts';
import { AuthFile } from './auth-file.ts';
import { type Credentials, encodeCredentials, registryHost } from './credentials.ts';
import { CredentialHelper } from './credential-helper.ts';

/**
 * The user's credentials for registries: docker's, in its config.json or with
 * its credential helpers. Those that `auth.json` in our own settings still has win.
 */
export class Keychain {
  readonly #own: AuthFile;
  readonly #docker: AuthFile;

  constructor({ directory, dockerDirectory }: Pick<ClientConfig, 'directory' | 'dockerDirectory'> = readClientConfig()) {
    this.#own = new AuthFile(join(directory, 'auth.json'));
    this.#docker = new AuthFile(join(dockerDirectory, 'config.json'));
  }

  async find(registry: string): Promise<Credentials | undefined> {
    return this.#own.find(registry) ?? (await this.#helper(registry)?.find(registry)) ?? this.#docker.find(registry);
  }

  /** What to show a registry, as the engine takes it. A helper that fails is told of, and shows nothing. */
  async encoded(registry: string): Promise<string> {
    const found = await this.find(registry).catch((error: unknown) => {
      note(`WARNING: no credentials for ${registryHost(registry)}: ${messageOf(error)}`);
      return undefined;
    });
    return encodeCredentials(registry, found);
  }

  /** Hosts that there may be credentials for. */
  registries(): string[] {
    return [...new Set([...this.#own.registries(), ...this.#docker.registries()])];
  }

  /** Resolves with the file that the secret now stands in, or undefined when a helper has it. */
  async keep(registry: string, credentials: Credentials): Promise<string | undefined> {
    const helper = this.#helper(registry);
    if (helper) {
      await helper.keep(registry, credentials);
      this.#docker.mark(registry);
    } else {
      this.#docker.keep(registry, credentials);
    }
    this.#own.forget(registry);
    return helper ? undefined : this.#docker.path;
  }

  /** False when there was nothing to forget. */
  async forget(registry: string): Promise<boolean> {
    const helper = this.#helper(registry);
    const kept = helper !== undefined && (await helper.find(registry)) !== undefined;
    if (kept) await helper.forget(registry);
    const [own, docker] = [this.#own.forget(registry), this.#docker.forget(registry)];
    return kept || own || docker;
  }

  #helper(registry: string): CredentialHelper | undefined {
    const name = this.#docker.helperFor(registry);
    return name ? new CredentialHelper(name) : undefined;
  }
}
