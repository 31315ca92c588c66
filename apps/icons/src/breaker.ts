/** Failures in a row after which a host is left alone. */
const enough = 3;

/** How long it is left alone at first, and at most; each failure after that doubles it. Milliseconds. */
const firstPause = 30_000;
const longestPause = 10 * 60_000;

/** As long as a host itself may send us away, in milliseconds. */
const longestWish = 60 * 60_000;

interface Troubles {
  readonly failures: number;
  /** Nothing is asked before; Unix milliseconds. */
  readonly until: number;
}

/** Which hosts to leave alone for a while. It knows only what this process has seen, and forgets with it. */
export class Breaker {
  readonly #hosts = new Map<string, Troubles>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Whether `host` may be asked now. After a pause one may try; that the pause is over does not mean the host is well. */
  allows(host: string): boolean {
    const troubles = this.#hosts.get(host);
    return !troubles || this.#now() >= troubles.until;
  }

  /** What was on its way when the host sent us away does not shorten that. */
  succeeded(host: string): void {
    if (this.allows(host)) this.#hosts.delete(host);
  }

  failed(host: string): void {
    const failures = (this.#hosts.get(host)?.failures ?? 0) + 1;
    const pause = failures < enough ? 0 : Math.min(firstPause * 2 ** (failures - enough), longestPause);
    this.#hosts.set(host, { failures, until: this.#now() + pause });
  }

  /** It said itself when to come back: milliseconds from now, undefined when it did not say. */
  sentAway(host: string, wish: number | undefined): void {
    const failures = this.#hosts.get(host)?.failures ?? 0;
    this.#hosts.set(host, { failures, until: this.#now() + Math.min(wish ?? firstPause, longestWish) });
  }
}
