import { Counter } from './counter.ts';
import { Histogram } from './histogram.ts';

/** Seconds. */
const bounds = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800];

/** Something that is done often, takes its time and may fail: `<name>s_total` by result, and `<name>_seconds`. */
export class Task {
  readonly #results: Counter<'result'>;
  readonly #seconds: Histogram;

  /** `arcbox_image_pull` and `pulls of images`. */
  constructor(name: string, what: string) {
    this.#results = new Counter(`${name}s_total`, `How ${what} ended: ok, failed or cancelled.`, ['result']);
    this.#seconds = new Histogram(`${name}_seconds`, `How long ${what} took that were neither cancelled nor failed.`, bounds);
  }

  /** Does `work`; it was cancelled when it fails after `signal` has aborted. */
  async run<R>(work: () => Promise<R>, signal: AbortSignal): Promise<R> {
    const started = performance.now();
    try {
      const result = await work();
      this.#results.at({ result: 'ok' }).add();
      this.#seconds.at({}).observe((performance.now() - started) / 1_000);
      return result;
    } catch (error) {
      this.#results.at({ result: signal.aborted ? 'cancelled' : 'failed' }).add();
      throw error;
    }
  }
}
