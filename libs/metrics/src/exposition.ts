import { allFamilies, type Family, type Labels } from './family.ts';

/**
 * All values of this process as Prometheus reads them, text format 0.0.4, each
 * with the labels `common` besides its own:
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function exposition(common: Labels, families: readonly Family[] = allFamilies()): string {
  return families.map((family) => textOf(family, common)).join('');
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
