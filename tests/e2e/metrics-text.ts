/** One line of the exposition. */
export interface Value {
  readonly name: string;
  readonly labels: { readonly [name: string]: string };
  readonly value: number;
}

export type Values = readonly Value[];

const sample = /^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<labels>.*)\})? (?<value>[-+]?(?:Inf|NaN|[0-9.e+-]+))$/;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;

/**
 * Reads Prometheus' text format 0.0.4 and is strict about it: every name is said
 * to be something, once, before its lines, which stand together; no line comes
 * twice; the buckets of a histogram grow up to its count.
 */
export function readMetrics(text: string): Value[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const values: Value[] = [];
  const types = new Map<string, string>();
  const seen = new Set<string>();
  let present = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (word === 'HELP' || word === 'TYPE') {
      if (seen.has(`${word} ${name}`)) throw new Error(`said twice: ${line}`);
      seen.add(`${word} ${name}`);
      if (word === 'TYPE') types.set((present = name), rest);
      continue;
    }
    const value = readSample(line);
    const family = types.get(present) === 'histogram' ? value.name.replace(/_(bucket|sum|count)$/, '') : value.name;
    if (family !== present) throw new Error(`not among those of its name: ${line}`);
    const key = line.slice(0, line.lastIndexOf(' '));
    if (seen.has(key)) throw new Error(`twice: ${line}`);
    seen.add(key);
    values.push(value);
  }
  checkNames(types);
  checkBuckets(values);
  return values;
}

function readSample(line: string): Value {
  const { name = '', labels = '', value = '' } = sample.exec(line)?.groups ?? {};
  if (name === '') throw new Error(`not a sample: ${line}`);
  const pairs: [string, string][] = [];
  label.lastIndex = 0;
  for (let at = 0; at < labels.length; at = label.lastIndex) {
    const [whole, key = '', text = ''] = label.exec(labels) ?? [];
    if (whole === undefined) throw new Error(`not labels: ${line}`);
    pairs.push([key, text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character))]);
  }
  return { name, labels: Object.fromEntries(pairs), value: Number(value.replace('Inf', 'Infinity')) };
}

/** https://prometheus.io/docs/practices/naming/ */
function checkNames(types: ReadonlyMap<string, string>): void {
  for (const [name, type] of types) {
    if (!['counter', 'gauge', 'histogram'].includes(type)) throw new Error(`${name} is a ${type}`);
    if ((type === 'counter') !== name.endsWith('_total')) throw new Error(`${name} is a ${type}`);
  }
}

function checkBuckets(values: Values): void {
  const last = new Map<string, Value>();
  for (const value of values) {
    const base = value.name.replace(/_(bucket|count)$/, '');
    const { le, ...others } = value.labels;
    const key = `${base} ${JSON.stringify(others)}`;
    const before = last.get(key);
    if (le !== undefined) {
      const isAscending = !before || (value.value >= before.value && bound(le) > bound(before.labels['le'] ?? ''));
      if (!isAscending) throw new Error(`buckets of ${key} do not grow`);
      last.set(key, value);
    } else if (before && value.name.endsWith('_count') && (value.value !== before.value || before.labels['le'] !== '+Inf')) {
      throw new Error(`${key} has another count than its last bucket`);
    }
  }
}

const bound = (le: string): number => (le === '+Inf' ? Infinity : Number(le));
