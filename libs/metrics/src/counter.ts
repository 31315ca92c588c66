import { Cells } from './cells.ts';
import { type Family, register, type Sample } from './family.ts';

/** One number that only grows. */
export class Count {
  value = 0;

  add(amount = 1): void {
    this.value += amount;
  }
}

/** Counts what has happened since the process began; its name ends in `_total`. */
export class Counter<Name extends string = never> implements Family {
  readonly kind = 'counter';
  readonly name: string;
  readonly help: string;
  readonly #cells: Cells<Name, Count>;

  constructor(name: string, help: string, labels: readonly Name[] = []) {
    this.name = name;
    this.help = help;
    this.#cells = new Cells(labels, () => new Count());
    // Without labels there is one value, also before the first time.
    if (labels.length === 0) this.add(0);
    register(this);
  }

  at(labels: Record<Name, string>): Count {
    return this.#cells.at(labels);
  }

  /** Of one without labels. */
  add(amount = 1): void {
    this.at({} as Record<Name, string>).add(amount);
  }

  *samples(): Iterable<Sample> {
    for (const { labels, cell } of this.#cells.all()) yield { suffix: '', labels, value: cell.value };
  }
}
