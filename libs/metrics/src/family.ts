/** The values of one name. Counting is done in plain numbers, on the way of each call; words are made when somebody reads. */
export interface Family {
  /** `arcbox_calls_total`: https://prometheus.io/docs/practices/naming/ */
  readonly name: string;
  /** One line for people. */
  readonly help: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  samples(): Iterable<Sample>;
}

export interface Sample {
  /** Appended to the name: `_bucket`; empty for the name itself. */
  readonly suffix: string;
  readonly labels: Labels;
  readonly value: number;
}

export type Labels = { readonly [name: string]: string };

/** All of this process, in the order in which they were made. A name is made once, where its values come from. */
const families: Family[] = [];

export function register(family: Family): void {
  if (families.some(({ name }) => name === family.name)) throw new Error(`there is a metric ${family.name} already`);
  families.push(family);
}

export function allFamilies(): readonly Family[] {
  return families;
}
