import { findProgram, isIndispensable, missingPrograms, sayMissing } from '@arcbox/diagnosis';

/** Why this user on this machine cannot run containers, as far as it can be seen from here. */
export function findShortcomings(path: string, ownsBus: boolean): string[] {
  // Of busybox the first container is made.
  const missing = missingPrograms((each) => isIndispensable(each) || each.program === 'busybox', path.split(':'));
  const bus = ownsBus ? missingPrograms(({ program }) => program === 'nats-server', busDirectories(path)) : [];
  return [...(process.getuid?.() === 0 ? [] : ['only root can run containers']), ...[...bus, ...missing].map(sayMissing)];
}

/** nats-server, in Debian's place for it whatever PATH says: without the bus no worker is found. */
export function findBusProgram(path: string): string | undefined {
  return findProgram('nats-server', busDirectories(path));
}

const busDirectories = (path: string): string[] => [...path.split(':'), '/usr/sbin'];
