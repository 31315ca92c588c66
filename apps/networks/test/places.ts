import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@arcbox/testing';
import { run } from '../src/command.ts';
import { batch, removeLinks } from '../src/links.ts';
import { createNamespace, removeNamespace } from '../src/namespace.ts';

/** The host, or the namespace at a path. */
export type Place = 'host' | (string & {});

function at(place: Place, command: string, args: string[]): [string, string[]] {
  return place === 'host' ? [command, args] : ['nsenter', [`--net=${place}`, command, ...args]];
}

export async function runAt(place: Place, command: string, args: string[]): Promise<string> {
  return run(...at(place, command, args));
}

export interface TalkOptions {
  /** Port that a UDP client must have. */
  readonly ownPort?: number;
  /** Milliseconds after which nobody answers. */
  readonly patience?: number;
}

/** Connects from a place, says hello and returns the line that the other side says. */
export async function talk(
  from: Place,
  protocol: 'tcp' | 'udp',
  address: string,
  port: number,
  { ownPort, patience = 5_000 }: TalkOptions = {},
): Promise<string> {
  const target = `${protocol.toUpperCase()}:${address.includes(':') ? `[${address}]` : address}:${port}`;
  const options = `${protocol === 'tcp' ? ',connect-timeout=1' : ''}${ownPort === undefined ? '' : `,sourceport=${ownPort}`}`;
  const [command, args] = at(from, 'socat', ['-', `${target}${options}`]);
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  // It may have failed to connect by now.
  child.stdin.on('error', () => {});
  child.stdin.write('hello\n');
  const timer = setTimeout(() => child.kill('SIGKILL'), patience);
  try {
    let said = '';
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      said += chunk.toString();
      if (said.includes('\n')) return said.trim();
    }
    throw new Error(`nobody answers at ${target}`);
  } finally {
    clearTimeout(timer);
    await end(child);
  }
}

/** A server in a place; it answers a line with `<name> <address of the caller>`, or does what `answer` says to socat. */
export async function listenAt(
  place: Place,
  protocol: 'tcp' | 'udp' | 'tcp6' | 'udp6',
  port: number,
  name: string,
  answer = `SYSTEM:read line; echo ${name} $SOCAT_PEERADDR`,
): Promise<AsyncDisposable> {
  // Every datagram has its answer, however many come at a time.
  const how = protocol.startsWith('udp') ? 'RECVFROM' : 'LISTEN';
  const [command, args] = at(place, 'socat', [`${protocol.toUpperCase()}-${how}:${port},fork,reuseaddr`, answer]);
  const child = spawn(command, args, { stdio: 'ignore' });
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  await eventually(async () => {
    const sockets = await runAt(place, 'cat', [`/proc/net/${protocol}`]);
    if (!sockets.includes(`:${hexPort} `)) throw new Error(`nobody listens on ${port}/${protocol}`);
  });
  return { [Symbol.asyncDispose]: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}

export interface Outside extends AsyncDisposable {
  readonly place: Place;
  /** Its address. */
  readonly address: string;
  /** The host's address on the same wire. */
  readonly host: string;
  /** The same of IPv6. */
  readonly address6: string;
  readonly host6: string;
}

/** Another machine: a namespace with a wire to the host and no route to containers. */
export async function startOutside(): Promise<Outside> {
  const name = randomBytes(4).toString('hex');
  const place = join(tmpdir(), `abx-outside-${name}`);
  const block = `198.18.${randomInt(1, 255)}`;
  const [address, host] = [`${block}.2`, `${block}.1`];
  const [address6, host6] = [`fd98:${name.slice(0, 4)}:${name.slice(4)}::2`, `fd98:${name.slice(0, 4)}:${name.slice(4)}::1`];
  const link = `abo-${name}`;
  createNamespace(place, { ipv6: true });
  await batch([
    `link add ${link} type veth peer name eth0 netns ${place}`,
    `addr add ${host}/30 dev ${link}`,
    `addr add ${host6}/126 dev ${link} nodad`,
    `link set ${link} up`,
  ]);
  const lines = ['link set lo up', `addr add ${address}/30 dev eth0`, `addr add ${address6}/126 dev eth0 nodad`, 'link set eth0 up'];
  await run('nsenter', [`--net=${place}`, 'ip', '-batch', '-'], lines.join('\n'));
  return {
    place,
    address,
    host,
    address6,
    host6,
    async [Symbol.asyncDispose]() {
      await removeLinks([link]);
      removeNamespace(place);
    },
  };
}
