/** A line that is longer goes on in the next. */
const longest = 16 * 1024;

/**
 * Cuts what a program writes into lines. Of a line that was written over by
 * carriage returns, as progress bars are, the last state stays.
 */
export class OutputLines {
  readonly #decoder = new TextDecoder();
  #rest = '';

  push(data: Uint8Array): string[] {
    const parts = (this.#rest + this.#decoder.decode(data, { stream: true })).split('\n');
    this.#rest = parts.pop() ?? '';
    const lines = parts.map(lastState);
    if (this.#rest.length > longest) lines.push(...this.end());
    return lines;
  }

  /** A last line that has no end. */
  end(): string[] {
    const rest = lastState(this.#rest);
    this.#rest = '';
    return rest === '' ? [] : [rest];
  }
}

function lastState(line: string): string {
  const text = line.replace(/\r+$/, '');
  return text.slice(text.lastIndexOf('\r') + 1);
}
