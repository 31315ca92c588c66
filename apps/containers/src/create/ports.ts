import { isIP } from 'node:net';
import { invalidArgument } from '@arcbox/errors';
import { checkCount, isRange } from '../options/exposure.ts';
import type { Port } from '../record/config.ts';

/** Checks the ports of a request; an empty protocol is tcp. INVALID_ARGUMENT names the port. */
export function validatePorts(ports: readonly Port[]): Port[] {
  checkCount(ports.length);
  const checked = ports.map(validatePort);
  const earlier = new Map<string, string[]>();
  // Of a range, another port than one that is named will do.
  for (const { hostPort, protocol, hostIp } of checked.filter((port) => !isRange(port))) {
    const shown = `${hostPort}/${protocol}`;
    const addresses = earlier.get(shown) ?? [];
    if (hostPort !== 0 && addresses.some((address) => collide(address, hostIp))) throw invalidArgument(`host port ${shown} is bound twice`);
    if (!addresses.includes(hostIp)) earlier.set(shown, [...addresses, hostIp]);
  }
  return checked;
}

function validatePort({ containerPort, hostPort, lastHostPort, protocol: given, hostIp }: Port): Port {
  const protocol = given.toLowerCase() || 'tcp';
  if (containerPort < 1 || containerPort > 65_535) throw invalidArgument(`invalid container port: ${containerPort}`);
  if (hostPort > 65_535) throw invalidArgument(`invalid host port: ${hostPort}`);
  if (protocol !== 'tcp' && protocol !== 'udp') throw invalidArgument(`invalid port protocol: ${given}`);
  // A zone, as in fe80::1%eth0, cannot stand in a rule.
  if (hostIp !== '' && (isIP(hostIp) === 0 || hostIp.includes('%'))) throw invalidArgument(`invalid host address: ${hostIp}`);
  if (lastHostPort === undefined) return { containerPort, hostPort, protocol, hostIp };
  if (hostPort < 1 || lastHostPort < hostPort || lastHostPort > 65_535) throw invalidArgument(`invalid range of host ports: ${hostPort}-${lastHostPort}`);
  return { containerPort, hostPort, lastHostPort, protocol, hostIp };
}

const wildcards = new Set(['', '0.0.0.0', '::']);

/** Whether two host addresses cannot have the same port. */
function collide(a: string, b: string): boolean {
  if (a === b) return true;
  // Without an address it is everywhere in both families.
  if (a !== '' && b !== '' && isIP(a) !== isIP(b)) return false;
  return wildcards.has(a) || wildcards.has(b);
}
