import { closeSync } from 'node:fs';
import { systemCall } from '@arcbox/linux';
import { type Address, parseAddress } from './cidr.ts';
import type { Protocol } from './sandbox.ts';

const socket = systemCall('socket', 'int socket(int domain, int type, int protocol)');
const bind = systemCall('bind', 'int bind(int fd, const void *address, unsigned int length)');
const setsockopt = systemCall(
  'setsockopt',
  'int setsockopt(int fd, int level, int option, const void *value, unsigned int length)',
);

/** socket(7), tcp(7), udp(7), ipv6(7) */
const domains = { 4: 2, 6: 10 } as const;
const types = { tcp: 1, udp: 2 } as const;
const closeOnExec = 0o2000000;
const reuseAddress = { level: 1, option: 2 };
const onlyIPv6 = { level: 41, option: 26 };

/**
 * Whether a process of the host has the port: asked by binding it for a moment,
 * which takes a few microseconds. `not-local` when the address is not the host's.
 */
export function probePort(protocol: Protocol, port: number, hostIp: string): 'free' | 'taken' | 'not-local' {
  const address = parseAddress(hostIp);
  if (!address) return 'not-local';
  const descriptor = socket(domains[address.family], types[protocol] | closeOnExec, 0);
  try {
    // Connections of the past that linger in TIME_WAIT do not count; a listener does.
    if (protocol === 'tcp') enable(descriptor, reuseAddress);
    if (address.family === 6) enable(descriptor, onlyIPv6);
    const target = socketAddress(address, port);
    bind(descriptor, target, target.length);
    return 'free';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRNOTAVAIL') return 'not-local';
    if (code === 'EADDRINUSE' || code === 'EACCES') return 'taken';
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

function enable(descriptor: number, { level, option }: { level: number; option: number }): void {
  const one = Buffer.alloc(4);
  one.writeInt32LE(1);
  setsockopt(descriptor, level, option, one, one.length);
}

/** struct sockaddr_in and sockaddr_in6 */
function socketAddress({ family, value }: Address, port: number): Buffer {
  const result = Buffer.alloc(family === 4 ? 16 : 28);
  result.writeUInt16LE(domains[family], 0);
  result.writeUInt16BE(port, 2);
  if (family === 4) result.writeUInt32BE(Number(value), 4);
  else result.write(value.toString(16).padStart(32, '0'), 8, 'hex');
  return result;
}
