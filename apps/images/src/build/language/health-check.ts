import { invalidArgument } from '@arcbox/errors';
import { parseDuration } from './duration.ts';
import type { Flags } from './flags.ts';
import type { CommandLine, Healthcheck } from './instruction.ts';

export const healthFlags = {
  interval: 'text',
  timeout: 'text',
  'start-period': 'text',
  'start-interval': 'text',
  retries: 'text',
} as const;

const shortest = 1e6;

/** `HEALTHCHECK CMD …` with its flags. */
export function readHealthcheck(command: CommandLine, flags: Flags): Healthcheck {
  return {
    Test: 'exec' in command ? ['CMD', ...command.exec] : ['CMD-SHELL', command.shell],
    ...field('Interval', interval(flags, 'interval')),
    ...field('Timeout', interval(flags, 'timeout')),
    ...field('StartPeriod', interval(flags, 'start-period')),
    ...field('StartInterval', interval(flags, 'start-interval')),
    ...field('Retries', retries(flags.text('retries'))),
  };
}

const field = (name: keyof Healthcheck, value: number): Partial<Healthcheck> => (value === 0 ? {} : { [name]: value });

function interval(flags: Flags, name: keyof typeof healthFlags): number {
  const text = flags.text(name);
  const value = text === '' ? 0 : parseDuration(text);
  if (value !== 0 && value < shortest) throw invalidArgument(`interval "${name}" cannot be less than 1ms`);
  return value;
}

function retries(text: string): number {
  if (text === '') return 0;
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text) || value > 2 ** 31 - 1)
    throw invalidArgument(`invalid number of retries ${JSON.stringify(text)}`);
  if (value < 0) throw invalidArgument(`--retries cannot be negative (${value})`);
  return value;
}
