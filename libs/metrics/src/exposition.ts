import { Counter } from './counter.ts';
import { allFamilies, type Family, type Labels } from './family.ts';

const failures = new Counter('arcbox_metric_failures_total', 'How often values could not be read, by their name.', ['name']);

/**
 * All values of this process as Prometheus reads them, text format 0.0.4, each
 * with the labels `common` besides its own:
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 * A name whose values cannot be read is left out, and counted.
 */
export function exposition(common: Labels, families: readonly Family[] = allFamilies()): string {
  return families.map((family) => textIfAny(family, common)).join('');
}

/** Of hundreds of values, one that has no file descriptor left or a store that is closed must not hide the others. */
function textIfAny(family: Family, common: Labels): string {
  try {
    return textOf(family, common);
  } catch {
    failures.at({ name: family.name }).add();
    return '';
  }
}

function textOf(family: Family, common: Labels): string {
  const { name, help, kind } = family;
  const lines = [...family.samples()].map(
    ({ suffix, labels, value }) => `${name}${suffix}${labelsText({ ...labels, ...common })} ${numberText(value)}\n`,
  );
  if (lines.length === 0) return '';
  return [`# HELP ${name} ${help.replace(/[\\\n]/g, escaped)}\n`, `# TYPE ${name} ${kind}\n`, ...lines].join('');
}

function labelsText(labels: Labels): string {
  const texts = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\\n"]/g, escaped)}"`);
  return texts.length === 0 ? '' : `{${texts.join(',')}}`;
}

const escaped = (character: string): string => (character === '\n' ? '\\n' : `\\${character}`);

function numberText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
