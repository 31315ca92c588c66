import type { Logger } from '@arcbox/log';
import { Signal } from '@arcbox/stream';
import { isForeign } from './options.ts';
import { sizeOnDisk } from './size-on-disk.ts';
import type { VolumeUsers } from './remove.ts';
import type { VolumeTree } from './volume-tree.ts';
import type { Usage, Volume, Volumes } from './volume.ts';

const unknown: Usage = { size: -1, users: -1 };

/** Numbers older than this are found out again when somebody asks, in milliseconds. */
const freshness = 30_000;

/** Of a volume that takes long, only this part of the time is spent on it: one in so many. */
const share = 10;

interface UsageParts {
  readonly tree: VolumeTree;
  readonly volumes: Volumes;
  readonly containers: VolumeUsers;
  readonly log: Logger;
}

/**
 * How much of each volume is used, and by how many. Whoever asks gets what was
 * last seen, by whichever replica, also before a restart. What is not known, or
 * old, is found out in the background, one volume after the other; those that
 * wait for somebody else are each looked at alone.
 */
export class UsageWatch implements AsyncDisposable {
  readonly #parts: UsageParts;
  /** Unix milliseconds until which numbers are fresh. */
  readonly #fresh = new Map<string, number>();
  /** Names to look at; bounded by the number of volumes. */
  readonly #wanted = new Set<string>();
  /** Volumes of others that are being looked at. */
  readonly #waiting = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();
  readonly #wake = new Signal();
  readonly #running: Promise<void>;

  constructor(parts: UsageParts) {
    this.#parts = parts;
    this.#running = this.#run();
  }

  /** Of a volume as it was read just now. */
  get({ id, usage }: Volume): Usage {
    if ((this.#fresh.get(id) ?? 0) < Date.now()) this.refresh(id);
    return usage ?? unknown;
  }

  /** What is known is old. */
  refresh(name: string): void {
    this.#wanted.add(name);
    this.#wake.raise();
  }

  forget(name: string): void {
    this.#fresh.delete(name);
    this.#wanted.delete(name);
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      for (const name of this.#wanted) {
        this.#wanted.delete(name);
        await this.#visit(name);
        if (signal.aborted) return;
      }
      await this.#wake.wait(60_000, signal);
    }
  }

  async #visit(name: string): Promise<void> {
    const volume = this.#parts.volumes.get(name);
    if (!volume || this.#waiting.has(name)) return;
    const looking = this.#look(volume);
    if (!isForeign(volume.options)) return await looking;
    this.#waiting.set(name, looking.finally(() => this.#waiting.delete(name)));
  }

  async #look({ id, created }: Volume): Promise<void> {
    const began = Date.now();
    const [size, users] = await Promise.all([this.#measure(id), this.#count(id)]);
    if (this.#abort.signal.aborted) return;
    this.#fresh.set(id, Date.now() + Math.max(freshness, (Date.now() - began) * share));
    try {
      this.#parts.volumes.update(id, (present) => {
        const isSame = present.usage?.size === size && present.usage.users === users;
        // Another of that name may have come meanwhile.
        return present.created !== created || isSame ? undefined : { ...present, usage: { size, users } };
      });
    } catch (error) {
      this.#parts.log.warn({ error, volume: id }, 'the size of a volume could not be noted');
    }
  }

  async #measure(name: string): Promise<number> {
    return sizeOnDisk(this.#parts.tree.mountpoint(name), this.#abort.signal).catch((error: unknown) => {
      this.#parts.log.debug({ error, volume: name }, 'volume could not be measured');
      return -1;
    });
  }

  async #count(name: string): Promise<number> {
    return this.#parts.containers.usersOf(name, this.#abort.signal).then(
      (users) => users.length,
      () => -1,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#running;
    await Promise.all(this.#waiting.values());
  }
}
