const first = 100;
const longest = 5_000;
const healthy = 10_000;
/** One that ended in order and had lived this long was asked to: by `--restart`, by an upgrade. */
const settled = 1_000;

/** How long to wait before a process that ended is started again: 100 ms doubling to 5 s. All times in milliseconds. */
export class Backoff {
  #next = first;

  /** The wait after a process that lived for `lived` and ended `inOrder` (exit code 0) or not. */
  after(lived: number, inOrder = false): number {
    if (inOrder && lived >= settled) return 0;
    if (lived >= healthy) this.#next = first;
    const wait = this.#next;
    this.#next = Math.min(wait * 2, longest);
    return wait;
  }
}
