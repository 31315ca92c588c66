import { areas, type Finding, type Severity } from '@arcbox/diagnosis';
import { printable } from '../printable.ts';

const marks: { readonly [severity in Severity]: string } = { ok: '✓', warning: '!', error: '✗', unknown: '?' };

/** Findings for people: by area, each with its mark, what is not well with what to do. */
export function formatReport(findings: readonly Finding[]): string {
  const parts = areas
    .map((area) => ({ area, found: findings.filter((each) => each.area === area) }))
    .filter(({ found }) => found.length > 0)
    .map(({ area, found }) => `${area}\n${formatArea(found)}`);
  return `${[...parts, formatSum(findings)].join('\n')}\n`;
}

function formatArea(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => [...name].length));
  return findings.map((finding) => formatFinding(finding, width)).join('');
}

function formatFinding({ name, severity, message, advice }: Finding, width: number): string {
  const line = `  ${marks[severity]} ${oneLine(name).padEnd(width)}  ${oneLine(message)}\n`;
  return advice === '' ? line : `${line}    ${' '.repeat(width)}  → ${oneLine(advice)}\n`;
}

function formatSum(findings: readonly Finding[]): string {
  const count = (severity: Severity): number => findings.filter((each) => each.severity === severity).length;
  const [errors, warnings, unknown] = [count('error'), count('warning'), count('unknown')];
  if (errors + warnings + unknown === 0) return `all ${findings.length} are well`;
  const parts = [`${count('ok')} well`, `${warnings} to note`, `${errors} wrong`, ...(unknown > 0 ? [`${unknown} not seen`] : [])];
  return parts.join(', ');
}

const oneLine = (text: string): string => printable(text).trim().replace(/\s*\n\s*/g, '; ');
