import { Cells } from './cells.ts';
import { type Family, register, type Sample } from './family.ts';

/** How often something took how much. */
export class Distribution {
  readonly #bounds: readonly number[];
  /** Of each bound on its own, and of what is beyond the last. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let place = 0;
    while (place < this.#bounds.length && value > (this.#bounds[place] as number)) place++;
    this.counts[place] = (this.counts[place] as number) + 1;
    this.sum += value;
  }
}

/** Sorts what it is told by size; bounds are inclusive and ascending. */
export class Histogram<Name extends string = never> implements Family {
  readonly kind = 'histogram';
  readonly name: string;
  readonly help: string;
  readonly #bounds: readonly number[];
  readonly #cells: Cells<Name, Distribution>;

  constructor(name: string, help: string, bounds: readonly number[], labels: readonly Name[] = []) {
    this.name = name;
    this.help = help;
    this.#bounds = bounds;
    this.#cells = new Cells(labels, () => new Distribution(bounds));
    register(this);
  }

  at(labels: Record<Name, string>): Distribution {
    return this.#cells.at(labels);
  }

  *samples(): Iterable<Sample> {
    for (const { labels, cell } of this.#cells.all()) {
      let sum = 0;
      for (const [place, count] of cell.counts.entries()) {
        sum += count;
        const bound = this.#bounds[place];
        yield { suffix: '_bucket', labels: { ...labels, le: bound === undefined ? '+Inf' : String(bound) }, value: sum };
      }
      yield { suffix: '_sum', labels, value: cell.sum };
      yield { suffix: '_count', labels, value: sum };
    }
  }
}
