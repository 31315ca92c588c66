import { printable, printableInColour } from '../../printable.ts';
import type { Step } from './step.ts';

/** The whole output of the steps that failed, each below its instruction. */
export function failureReport(steps: readonly Step[]): string {
  return steps.filter(({ hasFailed }) => hasFailed).map(reportOf).join('');
}

function reportOf({ name, log, clipped, error }: Step): string {
  const lines = log.map(({ at, text }) => `${at.toFixed(3)} ${printableInColour(text)}`);
  const body = [...(clipped ? ['[the beginning of the output is left out]'] : []), ...lines];
  const colours = lines.some((line) => line.includes('\u001b')) ? '\u001b[0m' : '';
  const head = `------\n > ${printable(name)}:\n`;
  const end = error ? `ERROR: ${printable(error)}\n` : '';
  return `${head}${body.map((line) => `${line}\n`).join('')}${colours}${end}------\n`;
}
