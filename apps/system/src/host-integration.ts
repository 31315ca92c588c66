import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { findProgram } from '@arcbox/diagnosis';
import type { HostIntegration } from './setup-status.ts';

/** Where a resolver of the host would be told to ask the engine for names of containers. */
const resolverFiles = ['/etc/systemd/resolved.conf.d/arcbox.conf', '/etc/NetworkManager/dnsmasq.d/arcbox.conf'];

/** Looks what is really there. `bridgeSubnet`: CIDR of the default network, where known. */
export function hostIntegration(of: { dockerSocket: string; bridgeSubnet?: string }): HostIntegration {
  return {
    dnsResolver: resolverFiles.some((file) => existsSync(file)),
    dockerSocket: leadsTo('/var/run/docker.sock', of.dockerSocket),
    route: of.bridgeSubnet !== undefined && hasRoute(of.bridgeSubnet, readFileSync('/proc/net/route', 'utf8')),
    dockerTools: findProgram('docker') !== undefined,
  };
}

function leadsTo(link: string, target: string): boolean {
  try {
    return realpathSync(link) === realpathSync(target);
  } catch {
    return false;
  }
}

/** Whether /proc/net/route (`table`) has a route to exactly this IPv4 network: addresses there are little-endian hex. */
export function hasRoute(cidr: string, table: string): boolean {
  const [address = '', length = ''] = /^[\d.]+\/\d+$/.test(cidr) ? cidr.split('/') : [];
  const bits = Number(length);
  if (bits < 1 || bits > 32) return false;
  const mask = (0xffff_ffff << (32 - bits)) >>> 0;
  const network = (toNumber(address.split('.').map(Number)) & mask) >>> 0;
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .some((fields) => fromHex(fields[1]) === network && fromHex(fields[7]) === mask);
}

const toNumber = (bytes: readonly number[]): number => bytes.reduce((sum, byte) => sum * 256 + byte, 0);

function fromHex(field = ''): number | undefined {
  const bytes = /^[0-9A-F]{8}$/i.test(field) ? [...Buffer.from(field, 'hex')].reverse() : undefined;
  return bytes && toNumber(bytes);
}
