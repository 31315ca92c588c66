import { constants } from 'node:os';
import { complain } from './output.ts';

const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const satisfies NodeJS.Signals[];

/** So many requests to end leave, whatever the container does. */
const patienceOfUser = 3;

/** Hands signals to `take` instead of ending this process, until disposed. */
export function catchSignals(take: (signal: NodeJS.Signals) => void): Disposable {
  let asked = 0;
  const listener = (signal: NodeJS.Signals): void => {
    if ((signal === 'SIGINT' || signal === 'SIGTERM') && ++asked === patienceOfUser) {
      complain(`asked ${asked} times to end: leaving, the container goes on`);
      process.exit(128 + constants.signals[signal]);
    }
    take(signal);
  };
  for (const signal of passedOn) process.on(signal, listener);
  return {
    [Symbol.dispose]() {
      for (const signal of passedOn) process.off(signal, listener);
    },
  };
}
