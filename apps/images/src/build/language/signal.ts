import { invalidArgument } from '@arcbox/errors';
import { constants } from 'node:os';

/** Returns the name or number of a signal as it is, when there is such a one. */
export function checkSignal(text: string): string {
  if (/^\d+$/.test(text) ? Number(text) > 0 : isName(text.toUpperCase().replace(/^SIG/, ''))) return text;
  throw invalidArgument(`invalid signal: ${text}`);
}

function isName(name: string): boolean {
  const [, realTime, offset = '0'] = /^(RTMIN|RTMAX)(?:[+-](\d+))?$/.exec(name) ?? [];
  if (realTime === undefined) return Object.hasOwn(constants.signals, `SIG${name}`) || name === 'CLD';
  const sign = name.charAt('RTMIN'.length);
  const isInward = sign === '' || sign === (realTime === 'RTMIN' ? '+' : '-');
  return isInward && Number(offset) <= (realTime === 'RTMIN' ? 15 : 14);
}
