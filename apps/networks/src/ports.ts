import { readFileSync } from 'node:fs';
import { failedPrecondition, invalidArgument, resourceExhausted } from '@arcbox/errors';
import { type Family, parseAddress } from './cidr.ts';
import { probePort } from './probe-port.ts';
import type { Records } from './records.ts';
import type { Port, SandboxRequest } from './sandbox.ts';

const wildcards: { readonly [family in Family]: string } = { 4: '0.0.0.0', 6: '::' };

/**
 * Takes the host ports of a container; `families` are those in which it can be
 * reached. Call it in a transaction: the first that cannot be had undoes all.
 */
export function takePorts(records: Records, request: SandboxRequest, families: readonly Family[]): Port[] {
  if (request.ports.length > 0 && families.length === 0) {
    throw failedPrecondition(`container ${request.containerName} cannot publish ports: it is on no network with a way out`);
  }
  // Those that must have a certain port come before those that take any.
  const wanted = [...request.ports].sort((a, b) => Number(a.hostPort === 0) - Number(b.hostPort === 0));
  const taken = new Map(wanted.map((port) => [port, takePort(records, request, port, families)]));
  return request.ports.map((port) => taken.get(port) ?? port);
}

export function portId({ protocol, hostPort, hostIp }: Port): string {
  return `${protocol}/${hostPort}/${hostIp || '*'}`;
}

/** Families in which a host address listens; the empty one listens in both. */
export function familiesOf(hostIp: string): readonly Family[] {
  const family = parseAddress(hostIp)?.family;
  return family === undefined ? [4, 6] : [family];
}

/** Whether two host addresses cannot have the same port. */
export function collide(a: string, b: string): boolean {
  if (a === b) return true;
  if (!familiesOf(a).some((family) => familiesOf(b).includes(family))) return false;
  return isWildcard(a) || isWildcard(b);
}

export function isWildcard(hostIp: string): boolean {
  return hostIp === '' || hostIp === wildcards[4] || hostIp === wildcards[6];
}

function takePort(records: Records, request: SandboxRequest, wanted: Port, families: readonly Family[]): Port {
  const served = familiesOf(wanted.hostIp).filter((family) => families.includes(family));
  if (served.length === 0) {
    throw failedPrecondition(`container ${request.containerName} has no address of the family of ${wanted.hostIp}`);
  }
  const port = wanted.hostPort === 0 ? chooseFree(records, wanted, served) : wanted;
  if (wanted.hostPort !== 0) checkFree(records, request, port, served);
  records.ports.put({
    id: portId(port),
    hostIp: port.hostIp,
    container: request.containerId,
    containerName: request.containerName,
  });
  return port;
}

function checkFree(records: Records, request: SandboxRequest, port: Port, families: readonly Family[]): void {
  const shown = `${port.hostPort}/${port.protocol}`;
  const holder = holderOf(records, port);
  if (holder?.container === request.containerId) throw invalidArgument(`port ${shown} is published twice`);
  if (holder) throw failedPrecondition(`port ${shown} is already published by container ${holder.containerName}`);
  const found = probe(port, families);
  if (found === 'taken') throw failedPrecondition(`port ${shown} is already in use on this host`);
  if (found === 'not-local') throw failedPrecondition(`port ${shown}: ${port.hostIp} is not an address of this host`);
}

/** A free port of the range that the kernel takes from as well, searched from a random place. */
function chooseFree(records: Records, wanted: Port, families: readonly Family[]): Port {
  const [first, last] = ephemeralRange();
  const size = last - first + 1;
  const start = Math.floor(Math.random() * size);
  for (let step = 0; step < size; step++) {
    const port = { ...wanted, hostPort: first + ((start + step) % size) };
    if (holderOf(records, port)) continue;
    const found = probe(port, families);
    if (found === 'free') return port;
    if (found === 'not-local') throw failedPrecondition(`${port.hostIp} is not an address of this host`);
  }
  throw resourceExhausted(`no free ${wanted.protocol} port between ${first} and ${last}`);
}

function holderOf(records: Records, port: Port): { container: string; containerName: string } | undefined {
  return records.holdersOf(port.protocol, port.hostPort).find(({ hostIp }) => collide(hostIp, port.hostIp));
}

function probe(port: Port, families: readonly Family[]): ReturnType<typeof probePort> {
  const addresses = port.hostIp === '' ? families.map((family) => wildcards[family]) : [port.hostIp];
  const found = addresses.map((address) => probePort(port.protocol, port.hostPort, address));
  return found.find((state) => state !== 'free') ?? 'free';
}

function ephemeralRange(): [number, number] {
  try {
    const [first, last] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number);
    return [first || 32_768, last || 60_999];
  } catch {
    return [32_768, 60_999];
  }
}
