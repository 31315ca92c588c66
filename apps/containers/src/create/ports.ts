import { isIP } from 'node:net';
import { invalidArgument } from '@arcbox/errors';
import type { Port } from '../record/config.ts';

/** Checks the ports of a request; an empty protocol is tcp. INVALID_ARGUMENT names the port. */
export function validatePorts(ports: readonly Port[]): Port[] {
  const checked = ports.map(validatePort);
  checked.forEach((port, i) => {
    if (port.hostPort !== 0 && checked.slice(0, i).some((earlier) => collide(earlier, port))) {
      throw invalidArgument(`host port ${port.hostPort}/${port.protocol} is bound twice`);
    }
  });
  return checked;
}

function validatePort({ containerPort, hostPort, protocol: given, hostIp }: Port): Port {
  const protocol = given.toLowerCase() || 'tcp';
  if (containerPort < 1 || containerPort > 65_535) throw invalidArgument(`invalid container port: ${containerPort}`);
  if (hostPort > 65_535) throw invalidArgument(`invalid host port: ${hostPort}`);
  if (protocol !== 'tcp' && protocol !== 'udp') throw invalidArgument(`invalid port protocol: ${given}`);
  // A zone, as in fe80::1%eth0, cannot stand in a rule.
  if (hostIp !== '' && (isIP(hostIp) === 0 || hostIp.includes('%'))) throw invalidArgument(`invalid host address: ${hostIp}`);
  return { containerPort, hostPort, protocol, hostIp };
}

const wildcards = new Set(['', '0.0.0.0', '::']);

function collide(a: Port, b: Port): boolean {
  if (a.hostPort !== b.hostPort || a.protocol !== b.protocol) return false;
  if (a.hostIp === b.hostIp) return true;
  // Without an address it is everywhere in both families.
  if (a.hostIp !== '' && b.hostIp !== '' && isIP(a.hostIp) !== isIP(b.hostIp)) return false;
  return wildcards.has(a.hostIp) || wildcards.has(b.hostIp);
}
