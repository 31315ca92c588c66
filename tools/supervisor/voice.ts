import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What the supervisor says to whoever started it, and keeps in `<log>/supervisor.log`. Detached, the terminal is
 * reached through the launcher for as long as that listens.
 */
export class Voice {
  readonly #log: string;

  constructor(logDirectory: string) {
    this.#log = join(logDirectory, 'supervisor.log');
  }

  /** Shows text as it is. */
  say(text: string): void {
    if (process.send) {
      // The launcher may be gone already.
      if (process.connected) process.send({ say: text }, undefined, undefined, () => undefined);
    } else {
      process.stdout.write(`${text}\n`);
    }
    this.note(text);
  }

  /** Only keeps it. */
  note(text: string): void {
    appendFileSync(this.#log, `${JSON.stringify({ time: new Date().toISOString(), pid: process.pid, msg: text })}\n`, { mode: 0o640 });
  }

  /** Tells a waiting launcher that it may go. */
  finish(): void {
    if (process.connected) process.send?.({ finished: true }, () => process.disconnect());
  }
}
