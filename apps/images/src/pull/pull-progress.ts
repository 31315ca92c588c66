import { LatestByKey } from '@arcbox/stream';

/** One message to whoever watches a pull. */
export interface PullNews {
  /** Short layer id; empty for lines about the whole image. */
  readonly id: string;
  readonly status: string;
  /** For a person: `1.2MB/3.4MB`. */
  readonly progress: string;
  readonly current: number;
  /** 0 when there is nothing to count. */
  readonly total: number;
}

/**
 * Collects the news of a pull for a reader who may be slow: every change of
 * status is kept, of byte counts only the newest of each layer.
 */
export class PullReporter implements AsyncIterable<PullNews> {
  readonly #news = new LatestByKey<PullNews>();
  readonly #last = new Map<string, string>();

  /** A line about the whole image. */
  line(status: string): void {
    this.#news.milestone('', { id: '', status, progress: '', current: 0, total: 0 });
  }

  /** A layer enters a new status; the same again is not news. */
  status(id: string, status: string): void {
    if (this.#last.get(id) === status) return;
    this.#last.set(id, status);
    this.#news.milestone(id, { id, status, progress: '', current: 0, total: 0 });
  }

  /** What the layer store, or an upload, says. `size` is that of the compressed layer. */
  layer(id: string, { status, current }: { status: string; current?: number }, size: number): void {
    if (current === undefined) {
      this.status(id, status);
      return;
    }
    this.#last.set(id, status);
    this.#news.set(id, { id, status, progress: `${formatBytes(current)}/${formatBytes(size)}`, current, total: size });
  }

  end(): void {
    this.#news.end();
  }

  fail(error: unknown): void {
    this.#news.fail(error);
  }

  [Symbol.asyncIterator](): AsyncIterator<PullNews> {
    return this.#news[Symbol.asyncIterator]();
  }
}

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Decimal units with up to four digits, as Docker writes sizes. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${Number(value.toPrecision(4))}${units[unit]}`;
}
