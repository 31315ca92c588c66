import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@arcbox/testing';
import { run } from '../src/command.ts';
import { batch, removeLinks } from '../src/links.ts';
import { configureInside, createNamespace, removeNamespace } from '../src/namespace.ts';

/** The host, or the namespace at a path. */
export type Place = 'host' | (string & {});

function at(place: Place, command: string, args: string[]): [string, string[]] {
  return place === 'host' ? [command, args] : ['nsenter', [`--net=${place}`, command, ...args]];
}

export async function runAt(place: Place, command: string, args: string[]): Promise<string> {
  return run(...at(place, command, args));
}

/** Connects from a place and returns what the other side says. A UDP client may have to have a certain port. */
export async function talk(
  from: Place,
  protocol: 'tcp' | 'udp',
  address: string,
  port: number,
  ownPort?: number,
): Promise<string> {
  const target = `${protocol.toUpperCase()}:${address.includes(':') ? `[${address}]` : address}:${port}`;
  const options = `${protocol === 'tcp' ? ',connect-timeout=1' : ''}${ownPort === undefined ? '' : `,sourceport=${ownPort}`}`;
  const [command, args] = at(from, 'busybox', ['sh', '-c', `echo hello | socat -t1 -T2 - ${target}${options}`]);
  return (await run(command, args)).trim();
}

/** A server in a place; it answers a line with `<name> <address of the caller>`, or does what `answer` says to socat. */
export async function listenAt(
  place: Place,
  protocol: 'tcp' | 'udp' | 'tcp6',
  port: number,
  name: string,
  answer = `SYSTEM:read line; echo ${name} $SOCAT_PEERADDR`,
): Promise<AsyncDisposable> {
  const [command, args] = at(place, 'socat', [`${protocol.toUpperCase()}-LISTEN:${port},fork,reuseaddr`, answer]);
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
}

/** Another machine: a namespace with a wire to the host and no route to containers. */
export async function startOutside(): Promise<Outside> {
  const name = randomBytes(4).toString('hex');
  const place = join(tmpdir(), `abx-outside-${name}`);
  const block = `198.18.${randomInt(1, 255)}`;
  const [address, host] = [`${block}.2`, `${block}.1`];
  const link = `abo-${name}`;
  createNamespace(place, { ipv6: false });
  await batch([
    `link add ${link} type veth peer name eth0 netns ${place}`,
    `addr add ${host}/30 dev ${link}`,
    `link set ${link} up`,
  ]);
  await configureInside(place, ['link set lo up', `addr add ${address}/30 dev eth0`, 'link set eth0 up']);
  return {
    place,
    address,
    host,
    async [Symbol.asyncDispose]() {
      await removeLinks([link]);
      removeNamespace(place);
    },
  };
}
