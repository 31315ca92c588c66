import type { IconHosts } from '@arcbox/config';
import type { Logger } from '@arcbox/log';
import { Counter } from '@arcbox/metrics';
import { type Reference, repositoryOf } from '@arcbox/reference';
import type { Leases } from '@arcbox/store';
import { candidatesOf } from './candidates.ts';
import { type Found, findIcon, type Icon } from './find-icon.ts';
import type { IconCache } from './icon-cache.ts';
import type { Prober } from './prober.ts';

export interface IconsOptions {
  readonly cache: IconCache;
  readonly prober: Prober;
  readonly hosts: IconHosts;
  /** Of all replicas, one looks for a repository at a time. */
  readonly leases: Leases;
  readonly log: Logger;
}

const answers = new Counter('arcbox_icon_requests_total', 'Pictures that were asked for: known, known but old, or not known.', ['cache']);

/** Whoever asks has an answer by then; milliseconds. */
const patience = 5_000;

/** Repositories that are looked for at a time. Of further ones there is only what the package has. */
const most = 32;

/** Pictures of repositories: what is known, at once, and else what a look around finds. */
export class Icons implements AsyncDisposable {
  readonly #options: IconsOptions;
  readonly #looking = new Map<string, Promise<Icon>>();
  readonly #stopping = new AbortController();

  constructor(options: IconsOptions) {
    this.#options = options;
  }

  /** Never fails. What is known but old is answered, and looked for again meanwhile. */
  async get(repository: Reference): Promise<Icon> {
    const { cache } = this.#options;
    const known = cache.get(repositoryOf(repository));
    const isGood = known !== undefined && cache.isGood(known);
    answers.at({ cache: isGood ? 'hit' : known ? 'stale' : 'miss' }).add();
    if (!known) return await this.#look(repository);
    if (!isGood) void this.#look(repository);
    return known;
  }

  /** Joins the look for this repository that is under way, or begins one. */
  #look(repository: Reference): Promise<Icon> {
    const id = repositoryOf(repository);
    const present = this.#looking.get(id);
    if (present) return present;
    const looking = this.#lookAnew(repository, id).finally(() => this.#looking.delete(id));
    this.#looking.set(id, looking);
    return looking;
  }

  async #lookAnew(repository: Reference, id: string): Promise<Icon> {
    const { cache, leases, log } = this.#options;
    const isTooMuch = this.#looking.size >= most;
    const signal = AbortSignal.any([this.#stopping.signal, isTooMuch ? AbortSignal.abort() : AbortSignal.timeout(patience)]);
    try {
      using _lease = await leases.hold(`icon/${id}`, signal);
      const known = cache.get(id);
      // Another replica was quicker.
      if (known && cache.isGood(known)) return known;
      return cache.keep(id, await this.#find(repository, signal));
    } catch (error) {
      if (!signal.aborted) log.warn({ error, repository: id }, 'looking for an icon failed');
      return await this.#find(repository, AbortSignal.abort());
    }
  }

  #find(repository: Reference, signal: AbortSignal): Promise<Found> {
    const { prober, hosts } = this.#options;
    return findIcon(candidatesOf(repository, hosts), (candidate, until) => prober.probe(candidate, until), signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#looking.values());
  }
}
