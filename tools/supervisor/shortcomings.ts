import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Programs and files that containers need, and the Debian packages they come from. */
const needs = [
  ['runc', 'runc'],
  ['conmon', 'conmon'],
  ['ip', 'iproute2'],
  ['nft', 'nftables'],
  ['busybox', 'busybox-static'],
  ['/usr/share/containers/seccomp.json', 'golang-github-containers-common'],
] as const;

/** Why this user on this machine cannot run containers, as far as it can be seen from here. */
export function findShortcomings(path: string, ownsBus: boolean): string[] {
  const missing = needs.filter(([program]) => findProgram(program, path) === undefined);
  return [
    ...(process.getuid?.() === 0 ? [] : ['only root can run containers']),
    ...(ownsBus && !findBusProgram(path) ? ['nats-server is missing (Debian package nats-server)'] : []),
    ...missing.map(([program, debianPackage]) => `${program} is missing (Debian package ${debianPackage})`),
  ];
}

/** nats-server, in Debian's place for it whatever PATH says: without the bus no worker is found. */
export function findBusProgram(path: string): string | undefined {
  return findProgram('nats-server', `${path}:/usr/sbin`);
}

/** Where a program is on this PATH; an absolute path is only looked at. */
export function findProgram(program: string, path: string): string | undefined {
  const candidates = program.startsWith('/') ? [program] : path.split(':').map((directory) => join(directory, program));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, program.startsWith('/') ? constants.R_OK : constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
