import { spawn } from 'node:child_process';
import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '@arcbox/diagnosis';
import { isAlive, processIdentity } from '@arcbox/store';
import { bindPort, type Refusal } from './port-socket.ts';
import type { Port, Sandbox } from './sandbox.ts';

/** Milliseconds that a killed process may take to let go of its sockets. */
const patience = 5_000;

interface Bound {
  readonly descriptor: number;
  readonly port: Port;
  readonly isRelayed: boolean;
}

/** Sockets on host ports, ours until a holder has them. */
export class PortSockets implements Disposable {
  readonly #sockets: Bound[] = [];

  /**
   * Binds the port on all these addresses, or on none. A family that the host
   * lacks is no obstacle. What comes by IPv6 waits for a relay.
   */
  bind(port: Port, addresses: readonly string[]): Exclude<Refusal, 'no-family'> | undefined {
    const bound: Bound[] = [];
    for (const address of addresses) {
      const isRelayed = isIPv6(address);
      const result = bindPort(port.protocol, port.hostPort, address, isRelayed);
      if (typeof result === 'number') bound.push({ descriptor: result, port, isRelayed });
      else if (result !== 'no-family') {
        for (const { descriptor } of bound) closeSync(descriptor);
        return result;
      }
    }
    this.#sockets.push(...bound);
    return undefined;
  }

  /**
   * Hands them to a process that does nothing but keep them, and that outlives
   * workers as the container does. `netns` tells people and recovery whose it
   * is. Nothing comes back when there is nothing to hold.
   */
  handOver(netns: string): Pick<Sandbox, 'holder' | 'relays'> {
    if (this.#sockets.length === 0) return {};
    const holder = startHolder(`${titles.ports}${netns}`, this.#sockets.map(({ descriptor }) => descriptor));
    const relays = this.#sockets.flatMap(({ port: { protocol, containerPort }, isRelayed }, index) =>
      isRelayed ? [{ protocol, containerPort, descriptor: firstHeld + index }] : [],
    );
    this[Symbol.dispose]();
    return relays.length > 0 ? { holder, relays } : { holder };
  }

  [Symbol.dispose](): void {
    for (const { descriptor } of this.#sockets.splice(0)) closeSync(descriptor);
  }
}

/** As `ps` shows holders, of the ports of a container and of the name server of a network; the path of whose they are follows. */
export const titles = { ports: 'arcbox-ports:', names: 'arcbox-names:' } as const;

/** Number of the first socket in a holder; the others follow. */
export const firstHeld = 3;

/** Starts a process that does nothing but keep sockets, and that outlives workers: its identity. They stay the caller's too. */
export function startHolder(title: string, descriptors: readonly number[]): string {
  const program = findProgram('sleep') ?? 'sleep';
  const child = spawn(program, ['infinity'], { argv0: title, detached: true, cwd: '/', stdio: ['ignore', 'ignore', 'ignore', ...descriptors] });
  child.once('error', () => {});
  child.unref();
  const holder = child.pid === undefined ? undefined : processIdentity(child.pid);
  if (holder === undefined) throw new Error('cannot start the process that holds ports');
  return holder;
}

/** Ends a holder; the ports are free when this resolves. */
export async function endHolder(identity: string | undefined): Promise<void> {
  if (identity === undefined || !isAlive(identity)) return;
  process.kill(Number.parseInt(identity, 10), 'SIGKILL');
  for (const limit = Date.now() + patience; isAlive(identity); await sleep(1)) {
    if (Date.now() > limit) throw new Error(`process ${identity} that holds published ports does not end`);
  }
}

/** Holders of a kind whose paths are in `directory`: whose they are, and their identity. */
export function listHolders(title: string, directory: string): { readonly owner: string; readonly identity: string }[] {
  return readdirSync('/proc').flatMap((pid) => {
    const path = /^\d+$/.test(pid) ? pathOf(pid, title) : undefined;
    const identity = path?.startsWith(`${directory}/`) ? processIdentity(Number(pid)) : undefined;
    return path !== undefined && identity !== undefined ? [{ owner: basename(path), identity }] : [];
  });
}

function pathOf(pid: string, title: string): string | undefined {
  try {
    const [name = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return name.startsWith(title) ? name.slice(title.length) : undefined;
  } catch {
    return undefined;
  }
}
