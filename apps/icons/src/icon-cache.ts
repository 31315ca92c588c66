import type { Collection, Store } from '@arcbox/store';
import type { Found, Icon } from './find-icon.ts';

/** What is known of a repository. */
export interface KnownIcon extends Icon {
  /** `docker.io/library/nginx` */
  readonly id: string;
  /** It is good until then, and after that until there is news; Unix milliseconds. */
  readonly until: number;
}

const minute = 60_000;
const hour = 60 * minute;

/** How long an answer is good, in milliseconds: a picture, none, and what a host that did not answer may change. */
const goodFor = { found: 7 * 24 * hour, notFound: 6 * hour, uncertain: 5 * minute };

/** Repositories that are remembered. */
const usualMost = 10_000;

/** What was found, kept over restarts and shared by the replicas. */
export class IconCache {
  readonly #store: Store;
  readonly #icons: Collection<KnownIcon>;
  readonly #now: () => number;
  readonly #most: number;

  constructor(store: Store, { now = Date.now, most = usualMost }: { now?: () => number; most?: number } = {}) {
    this.#store = store;
    this.#icons = store.collection<KnownIcon>('icons');
    this.#now = now;
    this.#most = most;
  }

  get(id: string): KnownIcon | undefined {
    return this.#icons.get(id);
  }

  isGood(icon: KnownIcon): boolean {
    return this.#now() < icon.until;
  }

  /** Keeps what was found, and gives what is to be answered: a picture that we had does not go for a doubt. */
  keep(id: string, { url, source, certain }: Found): KnownIcon {
    return this.#store.transaction(() => {
      const before = this.#icons.get(id);
      const icon = !certain && before?.url ? before : { url, source };
      const age = !certain ? goodFor.uncertain : url ? goodFor.found : goodFor.notFound;
      const known = { id, url: icon.url, source: icon.source, until: this.#now() + age };
      this.#icons.put(known);
      if (!before) this.#makeRoom();
      return known;
    });
  }

  /** With one more than there may be, a twentieth goes: what was good until long ago. */
  #makeRoom(): void {
    if (this.#icons.count() <= this.#most) return;
    const oldest = this.#icons.all().sort((a, b) => a.until - b.until);
    for (const { id } of oldest.slice(0, Math.ceil(this.#most / 20))) this.#icons.delete(id);
  }
}
