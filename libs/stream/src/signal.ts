/** Wakes whoever waits; a raise that nobody waits for is remembered once. */
export class Signal {
  #raised = false;
  #wake: (() => void) | undefined;

  raise(): void {
    this.#raised = true;
    this.#wake?.();
  }

  /** Returns after the next raise, after `milliseconds`, or when aborted, whichever is first. */
  async wait(milliseconds: number, abort?: AbortSignal): Promise<void> {
    if (!this.#raised && !abort?.aborted) {
      await new Promise<void>((resolve) => {
        const finish = (): void => {
          clearTimeout(timer);
          abort?.removeEventListener('abort', finish);
          this.#wake = undefined;
          resolve();
        };
        const timer = setTimeout(finish, milliseconds);
        timer.unref();
        abort?.addEventListener('abort', finish, { once: true });
        this.#wake = finish;
      });
    }
    this.#raised = false;
  }
}
