import { constants } from 'node:os';
import { invalidArgument } from '@arcbox/errors';

/** signal(7): the first and last real-time signal that programs may use. */
const [firstRealTime, lastRealTime] = [34, 64];

/** `SIGTERM`, `TERM`, `15`, `RTMIN+3`, in any case. INVALID_ARGUMENT when it is none. */
export function parseSignal(text: string): number {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : byName(text.toUpperCase().replace(/^SIG/, ''));
  if (number === undefined || number < 1 || number > lastRealTime) throw invalidArgument(`invalid signal: ${text}`);
  return number;
}

function byName(name: string): number | undefined {
  const realTime = /^RT(MIN|MAX)([+-]\d{1,2})?$/.exec(name);
  if (realTime) {
    const number = (realTime[1] === 'MIN' ? firstRealTime : lastRealTime) + Number(realTime[2] ?? 0);
    return number >= firstRealTime ? number : undefined;
  }
  return new Map<string, number>(Object.entries(constants.signals)).get(`SIG${name}`);
}

export const SIGTERM = constants.signals.SIGTERM;
export const SIGKILL = constants.signals.SIGKILL;
