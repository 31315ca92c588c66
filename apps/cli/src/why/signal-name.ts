import { constants } from 'node:os';

/** `SIGTERM` for 15; `signal 64` where it has no name here. */
export function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found?.[0] ?? `signal ${number}`;
}
