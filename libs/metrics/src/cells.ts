import type { Labels } from './family.ts';

/** Nobody reads more than so many values of one name: further ones share a place, so that no client can fill the memory. */
const most = 2_000;

/** One value, or several, for each combination of labels that has occurred. */
export class Cells<Name extends string, Cell> {
  readonly #names: readonly Name[];
  readonly #make: () => Cell;
  readonly #cells = new Map<string, { readonly labels: Labels; readonly cell: Cell }>();

  constructor(names: readonly Name[], make: () => Cell) {
    this.#names = names;
    this.#make = make;
  }

  at(labels: Record<Name, string>): Cell {
    const key = this.#keyOf(labels);
    const known = this.#cells.get(key);
    if (known) return known.cell;
    return this.#cells.size < most ? this.#add(key, labels) : this.#other();
  }

  /** The place of all that there is no room for. */
  #other(): Cell {
    const labels = Object.fromEntries(this.#names.map((name) => [name, 'other'])) as Record<Name, string>;
    const key = this.#keyOf(labels);
    return this.#cells.get(key)?.cell ?? this.#add(key, labels);
  }

  #add(key: string, labels: Record<Name, string>): Cell {
    const cell = this.#make();
    this.#cells.set(key, { labels: { ...labels }, cell });
    return cell;
  }

  #keyOf(labels: Record<Name, string>): string {
    const [only, ...others] = this.#names;
    return only !== undefined && others.length === 0 ? labels[only] : this.#names.map((name) => labels[name]).join('\n');
  }

  all(): Iterable<{ readonly labels: Labels; readonly cell: Cell }> {
    return this.#cells.values();
  }
}
