import { isIP } from 'node:net';
import type { PortBinding } from '@arcbox/proto/arcbox/v1/common';
import { InvalidArgumentError } from 'commander';

/** A port to publish; with `lastHostPort` the first that is free of a range. */
export interface PublishedPort extends PortBinding {
  readonly lastHostPort?: number;
}

export function isRange(port: PublishedPort): port is PublishedPort & { readonly lastHostPort: number } {
  return port.lastHostPort !== undefined;
}

/**
 * Reads `-p`: `[ip:][hostPort:]containerPort[/protocol]`, ports also as ranges
 * of equal length (`8000-8003:80-83`), IPv6 addresses also in brackets. Without
 * a host port, or with 0, a free one is taken; of `8000-8003:80` the first that is free.
 */
export function parsePorts(text: string): PublishedPort[] {
  // The address may have colons of its own, in brackets or not.
  const groups =
    /^(?:(?:(?<ip>.*):)?(?<host>\d+(?:-\d+)?)?:)?(?<inner>\d+(?:-\d+)?)(?:\/(?<protocol>tcp|udp))?$/i.exec(text)?.groups;
  const hostIp = (groups?.['ip'] ?? '').replace(/^\[(.*)\]$/, '$1');
  if (!groups || (hostIp !== '' && isIP(hostIp) === 0)) {
    throw new InvalidArgumentError('Write [ip:]hostPort:containerPort[/udp], as in 8080:80.');
  }
  const inner = range(groups['inner'] ?? '');
  const free = groups['host'] === undefined || groups['host'] === '0';
  const host = free ? inner.map(() => 0) : range(groups['host'] ?? '');
  const [hostPort = 0, lastHostPort = hostPort] = [host[0], host.at(-1)];
  if (inner.length === 1 && lastHostPort > hostPort) {
    return [{ containerPort: inner[0] ?? 0, hostPort, lastHostPort, protocol: groups['protocol']?.toLowerCase() ?? 'tcp', hostIp }];
  }
  if (host.length !== inner.length) throw new InvalidArgumentError('Both ranges of ports need the same length.');
  return inner.map((containerPort, index) => ({
    containerPort,
    hostPort: host[index] ?? 0,
    protocol: groups['protocol']?.toLowerCase() ?? 'tcp',
    hostIp,
  }));
}

/** Reads `--expose`: `80`, `53/udp`, `3000-3010/tcp`; each port as `80/tcp`. */
export function parseExposed(text: string): string[] {
  const groups = /^(?<ports>\d+(?:-\d+)?)(?:\/(?<protocol>tcp|udp))?$/i.exec(text)?.groups;
  if (!groups) throw new InvalidArgumentError('Write 80, 53/udp or 3000-3010.');
  return range(groups['ports'] ?? '').map((port) => `${port}/${groups['protocol']?.toLowerCase() ?? 'tcp'}`);
}

export function collectPorts(text: string, previous: readonly PublishedPort[] = []): readonly PublishedPort[] {
  return [...previous, ...parsePorts(text)];
}

function range(text: string): number[] {
  const [first = 0, last = first] = text.split('-').map(Number);
  if (first < 1 || last > 65535 || last < first) throw new InvalidArgumentError('Ports are 1 to 65535.');
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** The PORTS column: `0.0.0.0:8080->80/tcp`, neighbours joined to `0.0.0.0:8000-8003->80-83/tcp`. */
export function formatPorts(ports: readonly PortBinding[]): string {
  const runs: { first: PortBinding; last: PortBinding }[] = [];
  const neighbours = [...ports].sort((a, b) => compareText(a.hostIp, b.hostIp) || compareText(a.protocol, b.protocol) || compareNumbers(a, b));
  for (const port of neighbours) {
    const run = runs.at(-1);
    if (run && follows(run.last, port)) run.last = port;
    else runs.push({ first: port, last: port });
  }
  runs.sort((a, b) => a.first.containerPort - b.first.containerPort);
  return runs.map(formatRun).join(', ');
}

/** In the order in which docker lists them: by the container's port. */
export function sortPorts(ports: readonly PortBinding[]): PortBinding[] {
  return [...ports].sort(
    (a, b) => a.containerPort - b.containerPort || compareText(a.protocol, b.protocol) || compareText(a.hostIp, b.hostIp) || compareNumbers(a, b),
  );
}

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
const compareNumbers = (a: PortBinding, b: PortBinding): number => a.containerPort - b.containerPort || a.hostPort - b.hostPort;

function follows(before: PortBinding, after: PortBinding): boolean {
  const step = before.hostPort === 0 && after.hostPort === 0 ? 0 : 1;
  return (
    before.hostIp === after.hostIp &&
    before.protocol === after.protocol &&
    before.containerPort + 1 === after.containerPort &&
    before.hostPort + step === after.hostPort
  );
}

function formatRun({ first, last }: { first: PortBinding; last: PortBinding }): string {
  const inner = `${span(first.containerPort, last.containerPort)}/${first.protocol || 'tcp'}`;
  return first.hostPort === 0 ? inner : `${formatHostPort(first, last)}->${inner}`;
}

/** Where a port, or the ports up to `last`, are on the host: `0.0.0.0:8080`, `[::1]:8000-8003`. */
export function formatHostPort(first: PortBinding, last = first): string {
  const ip = first.hostIp || '0.0.0.0';
  return `${ip.includes(':') ? `[${ip}]` : ip}:${span(first.hostPort, last.hostPort)}`;
}

const span = (first: number, last: number): string => (first === last ? String(first) : `${first}-${last}`);
