import { invalidArgument } from '@arcbox/errors';

/** Reads `ctrl-p,ctrl-q` or `ctrl-\`: bytes that a terminal sends for these keys. */
export function parseDetachKeys(text: string): number[] {
  return text.split(',').map((key) => {
    const control = /^ctrl-(?<letter>[a-z@[\\\]^_])$/i.exec(key)?.groups?.['letter'];
    if (control) return control.toUpperCase().charCodeAt(0) - 64;
    if (key.length === 1 && key.charCodeAt(0) < 128) return key.charCodeAt(0);
    throw invalidArgument(`cannot read detach key ${key}: write a character or ctrl-p`);
  });
}

/** Watches what is typed for the keys that detach. */
export class DetachKeys {
  readonly #keys: readonly number[];
  #matched = 0;

  constructor(keys: readonly number[]) {
    this.#keys = keys;
  }

  /** What of `chunk` goes on to the container; keys that may be the beginning are held back. */
  take(chunk: Uint8Array): { data: Buffer; detach: boolean } {
    const data: number[] = [];
    for (const byte of chunk) {
      if (byte !== this.#keys[this.#matched] && this.#matched > 0) {
        data.push(...this.#keys.slice(0, this.#matched));
        this.#matched = 0;
      }
      if (byte !== this.#keys[this.#matched]) data.push(byte);
      else if (++this.#matched === this.#keys.length) return { data: Buffer.from(data), detach: true };
    }
    return { data: Buffer.from(data), detach: false };
  }
}
