import { resourceExhausted } from '@arcbox/errors';

/** Larger results are refused: doubling a variable in every line must not fill the memory. Characters. */
const maxResult = 8 * 1024 * 1024;

/** Text so far, and which of its characters may divide words. */
export class ExpandedText {
  text = '';
  readonly #pieces: { text: string; divides: boolean }[] = [];

  add(text: string, divides: boolean): void {
    this.text += text;
    const last = this.#pieces.at(-1);
    if (last?.divides === divides) last.text += text;
    else this.#pieces.push({ text, divides });
    if (this.text.length > maxResult) throw resourceExhausted(`a value is longer than ${maxResult} characters`);
  }

  words(): string[] {
    const words = [''];
    for (const { text, divides } of this.#pieces) {
      const [first = '', ...rest] = divides ? text.split(/\s+/) : [text];
      words.push((words.pop() ?? '') + first, ...rest);
    }
    return words.filter((word) => word !== '');
  }
}
