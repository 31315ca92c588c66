import { type Family, type Labels, register, type Sample } from './family.ts';

interface GaugeValue {
  readonly labels: Labels;
  readonly value: number;
}

/** What goes up and down. It is kept nowhere: whoever knows it is asked when somebody reads. */
export class Gauge implements Family {
  readonly kind: 'gauge' | 'counter';
  readonly name: string;
  readonly help: string;
  readonly #sources = new Set<() => number | readonly GaugeValue[]>();

  /** `kind` is `counter` for what somebody else counts. */
  constructor(name: string, help: string, kind: 'gauge' | 'counter' = 'gauge') {
    this.name = name;
    this.help = help;
    this.kind = kind;
    register(this);
  }

  /** `read` is asked from now on, until this is disposed; it must be quick. Values with the same labels are added up. */
  from(read: () => number | readonly GaugeValue[]): Disposable {
    this.#sources.add(read);
    return { [Symbol.dispose]: () => this.#sources.delete(read) };
  }

  *samples(): Iterable<Sample> {
    const sums = new Map<string, GaugeValue>();
    for (const source of this.#sources) {
      const read = source();
      for (const { labels, value } of typeof read === 'number' ? [{ labels: {}, value: read }] : read) {
        const key = JSON.stringify(labels);
        sums.set(key, { labels, value: value + (sums.get(key)?.value ?? 0) });
      }
    }
    for (const { labels, value } of sums.values()) yield { suffix: '', labels, value };
  }
}
