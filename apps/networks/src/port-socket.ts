import { closeSync } from 'node:fs';
import { resourceExhausted } from '@arcbox/errors';
import { systemCall } from '@arcbox/linux';
import { type Address, type Family, parseAddress } from './cidr.ts';
import type { Protocol } from './sandbox.ts';

const socket = systemCall('socket', 'int socket(int domain, int type, int protocol)');
const bind = systemCall('bind', 'int bind(int fd, const void *address, unsigned int length)');
const listen = systemCall('listen', 'int listen(int fd, int backlog)');
const shutdown = systemCall('shutdown', 'int shutdown(int fd, int how)');
const setsockopt = systemCall(
  'setsockopt',
  'int setsockopt(int fd, int level, int option, const void *value, unsigned int length)',
);

/** socket(7), tcp(7), udp(7), ipv6(7), shutdown(2) */
const domains = { 4: 2, 6: 10 } as const;
const types = { tcp: 1, udp: 2 } as const;
const closeOnExec = 0o2000000;
const reuseAddress = { level: 1, option: 2 };
const receiveBuffer = { level: 1, option: 8 };
const reusePort = { level: 1, option: 15 };
const onlyIPv6 = { level: 41, option: 26 };
const bothWays = 2;

/** Connections that wait to be taken. */
const backlog = 128;

/** Why a port cannot be had: a process of the host has it, the address is not the host's, or the host lacks the family. */
export type Refusal = 'taken' | 'not-local' | 'no-family';

/**
 * Binds a port of the host, so that no other program can: the descriptor, or
 * why not. With `receives` what comes to it waits for somebody to take it; else
 * the kernel refuses what the firewall has not led to a container, as if nobody
 * had the port.
 */
export function bindPort(protocol: Protocol, port: number, hostIp: string, receives = false): number | Refusal {
  const address = parseAddress(hostIp);
  if (!address) return 'not-local';
  const descriptor = openSocket(protocol, address.family);
  if (descriptor === undefined) return 'no-family';
  try {
    if (protocol === 'tcp') set(descriptor, reuseAddress, 1);
    if (address.family === 6) set(descriptor, onlyIPv6, 1);
    const target = socketAddress(address, port);
    bind(descriptor, target, target.length);
    if (protocol === 'tcp') claim(descriptor, receives);
    else if (!receives) set(descriptor, receiveBuffer, 0);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    return refusalOf(error);
  }
}

/**
 * Binds the port of a UDP socket that listens on every IPv6 address once more, on
 * one of them: what is sent to that comes there, and answers leave from there.
 * Nobody else can do the same.
 */
export function bindBeside(held: number, port: number, hostIp: string): number | Refusal {
  const address = parseAddress(hostIp);
  const descriptor = address && openSocket('udp', address.family);
  if (!address || descriptor === undefined) return 'no-family';
  try {
    for (const each of [held, descriptor]) set(each, reusePort, 1);
    set(descriptor, onlyIPv6, 1);
    const target = socketAddress(address, port);
    bind(descriptor, target, target.length);
    set(descriptor, reusePort, 0);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    return refusalOf(error);
  } finally {
    set(held, reusePort, 0);
  }
}

/**
 * Connections of the past must not count, a listener must: so it listens with SO_REUSEADDR, as it was bound. Whoever
 * goes on listening keeps that, or its own connections of the past would count; whoever does not is without it from
 * then on, so that nobody else can bind the port, whatever they say.
 */
function claim(descriptor: number, receives: boolean): void {
  listen(descriptor, receives ? backlog : 0);
  if (receives) return;
  set(descriptor, reuseAddress, 0);
  shutdown(descriptor, bothWays);
}

function openSocket(protocol: Protocol, family: Family): number | undefined {
  try {
    return socket(domains[family], types[protocol] | closeOnExec, 0);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EAFNOSUPPORT') return undefined;
    if (code === 'EMFILE' || code === 'ENFILE') throw resourceExhausted('these are more ports than a process of this host may have open', error);
    throw error;
  }
}

function refusalOf(error: unknown): Refusal {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRNOTAVAIL') return 'not-local';
  if (code === 'EADDRINUSE' || code === 'EACCES') return 'taken';
  throw error;
}

function set(descriptor: number, { level, option }: { level: number; option: number }, to: number): void {
  const value = Buffer.alloc(4);
  value.writeInt32LE(to);
  setsockopt(descriptor, level, option, value, value.length);
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
