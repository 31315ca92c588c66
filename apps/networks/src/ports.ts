import { readFileSync } from 'node:fs';
import { failedPrecondition, invalidArgument, resourceExhausted } from '@arcbox/errors';
import { type Family, parseAddress } from './cidr.ts';
import type { PortSockets } from './port-holder.ts';
import type { PortRecord, Records } from './records.ts';
import type { Port, SandboxRequest } from './sandbox.ts';

interface Grounds {
  readonly records: Records;
  readonly sockets: PortSockets;
  readonly families: readonly Family[];
  /** Who has which ports of a protocol, read when somebody has to search; those of the request come to it. */
  readonly known: Map<string, Map<number, string[]>>;
}

/** Numbers that a port can have. */
const allPorts = 65_535;

const wildcards: { readonly [family in Family]: string } = { 4: '0.0.0.0', 6: '::' };

/**
 * Takes the host ports of a container and binds them; `families` are those in
 * which it can be reached. Call it in a transaction: the first that cannot be
 * had undoes all.
 */
export function takePorts(
  { records, sockets }: Pick<Grounds, 'records' | 'sockets'>,
  request: SandboxRequest,
  families: readonly Family[],
): Port[] {
  if (request.ports.length > 0 && families.length === 0) {
    throw failedPrecondition(`container ${request.containerName} cannot publish ports: it is on no network with a way out`);
  }
  // Those that must have a certain port come before those that may have another.
  const wanted = [...request.ports].sort((a, b) => choices(a) - choices(b));
  const grounds = { records, sockets, families, known: new Map() };
  const taken = new Map(wanted.map((port) => [port, takePort(grounds, request, port)]));
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

function takePort(grounds: Grounds, request: SandboxRequest, asked: Port): Port {
  const wanted = reachable(grounds, asked);
  if (!wanted) throw failedPrecondition(`container ${request.containerName} has no address of the family of ${asked.hostIp}`);
  const mayChoose = choices(wanted) > 1;
  const port = mayChoose ? chooseFree(grounds, wanted) : wanted;
  if (!mayChoose) claim(grounds, request, port);
  grounds.records.ports.put({
    id: portId(port),
    hostIp: port.hostIp,
    container: request.containerId,
    containerName: request.containerName,
  });
  return port;
}

/** A port with the address at which it will answer: IPv6 is passed on to a container that has IPv4 only, not the other way round. */
function reachable({ families }: Grounds, port: Port): Port | undefined {
  if (families.includes(4)) return port;
  if (port.hostIp === '') return { ...port, hostIp: wildcards[6] };
  return familiesOf(port.hostIp).includes(6) ? port : undefined;
}

/** How many host ports would do. */
const choices = ({ hostPort, lastHostPort = hostPort }: Port): number => (hostPort === 0 ? allPorts : lastHostPort - hostPort + 1);

function claim({ records, sockets }: Grounds, request: SandboxRequest, port: Port): void {
  const shown = `${port.hostPort}/${port.protocol}`;
  const holder = holderOf(records, port);
  if (holder?.container === request.containerId) throw invalidArgument(`port ${shown} is published twice`);
  if (holder) throw failedPrecondition(`port ${shown} is already published by container ${holder.containerName}`);
  const refused = bindTo(sockets, port);
  if (refused === 'taken') throw failedPrecondition(`port ${shown} is already in use on this host`);
  if (refused === 'not-local') throw failedPrecondition(`port ${shown}: ${port.hostIp} is not an address of this host`);
}

/** After so many that are taken, it pays to read who has which. */
const fewSteps = 16;

/** The first free port of a range; for whoever wants any, one of the range that the kernel takes from as well, searched from a random place. */
function chooseFree(grounds: Grounds, { lastHostPort, ...wanted }: Port): Port {
  const [first, last] = lastHostPort === undefined ? ephemeralRange() : [wanted.hostPort, lastHostPort];
  const size = last - first + 1;
  const start = lastHostPort === undefined ? Math.floor(Math.random() * size) : 0;
  for (let step = 0; step < size; step++) {
    const port = { ...wanted, hostPort: first + ((start + step) % size) };
    if (step < fewSteps ? holderOf(grounds.records, port) : isKnown(grounds, port)) continue;
    const refused = bindTo(grounds.sockets, port);
    if (!refused) {
      const known = grounds.known.get(port.protocol);
      known?.set(port.hostPort, [...(known.get(port.hostPort) ?? []), port.hostIp]);
      return port;
    }
    if (refused === 'not-local') throw failedPrecondition(`${port.hostIp} is not an address of this host`);
  }
  if (lastHostPort !== undefined) throw failedPrecondition(`no free ${wanted.protocol} port between ${first} and ${last}`);
  throw resourceExhausted(`no free ${wanted.protocol} port between ${first} and ${last}`);
}

/** Whether a port is somebody's. Read at once: where most are taken, a look for each would hold up the store for seconds. */
function isKnown({ records, known }: Grounds, { protocol, hostPort, hostIp }: Port): boolean {
  const ports = known.get(protocol) ?? new Map<number, string[]>();
  if (!known.has(protocol)) {
    for (const taken of records.portsOf(protocol)) {
      const port = portOf(taken);
      ports.set(port, [...(ports.get(port) ?? []), taken.hostIp]);
    }
    known.set(protocol, ports);
  }
  return (ports.get(hostPort) ?? []).some((other) => collide(other, hostIp));
}

/** Who has a port that somebody wants, or one of those that would do. */
export function holdersAmong(records: Records, { protocol, hostPort, lastHostPort = hostPort, hostIp }: Port): PortRecord[] {
  if (hostPort === lastHostPort) return records.holdersOf(protocol, hostPort).filter((holder) => collide(holder.hostIp, hostIp));
  const isAmong = (port: number): boolean => port >= hostPort && port <= lastHostPort;
  return records.portsOf(protocol).filter((holder) => isAmong(portOf(holder)) && collide(holder.hostIp, hostIp));
}

const portOf = ({ id }: PortRecord): number => Number(id.split('/')[1]);

function holderOf(records: Records, port: Port): PortRecord | undefined {
  return holdersAmong(records, port)[0];
}

/** Binds what is published, in both families where no address says which: nobody else shall answer for it. */
export function bindTo(sockets: PortSockets, port: Port): ReturnType<PortSockets['bind']> {
  const addresses = port.hostIp === '' ? [wildcards[4], wildcards[6]] : [port.hostIp];
  return sockets.bind(port, addresses);
}

function ephemeralRange(): [number, number] {
  try {
    const [first, last] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number);
    return [first || 32_768, last || 60_999];
  } catch {
    return [32_768, 60_999];
  }
}
