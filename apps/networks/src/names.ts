import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '@arcbox/diagnosis';
import type { Logger } from '@arcbox/log';
import { holdFile } from './file-lock.ts';
import { hasNames, type Network } from './network.ts';
import type { Records } from './records.ts';
import type { Sandbox } from './sandbox.ts';

const program = 'aardvark-dns';
const pidFile = 'aardvark.pid';

/** It is in the background within milliseconds; whoever waits for names waits for it. */
const deadline = 10_000;

/**
 * Names of containers on networks of the user's own: aardvark-dns listens on
 * their gateways. It is a process of its own that outlives the workers; it reads
 * a file for each network and reads them again on SIGHUP.
 */
export class Names {
  /** False where aardvark-dns is not installed: then containers ask the host's resolvers only. */
  readonly available = findProgram(program) !== undefined;
  readonly #config: string;
  readonly #draft: string;
  readonly #lock: string;
  readonly #records: Records;
  readonly #log: Logger;

  constructor(options: { directory: string; records: Records; log: Logger }) {
    this.#config = join(options.directory, 'names');
    this.#draft = join(options.directory, 'names.draft');
    this.#lock = join(options.directory, 'names.lock');
    this.#records = options.records;
    this.#log = options.log;
  }

  /** Makes the server answer what the records of these networks say. A server that fails is no reason to fail a container. */
  async update(networks: readonly Network[]): Promise<void> {
    const named = networks.filter(hasNames);
    if (!this.available || named.length === 0) return;
    try {
      using _lock = await holdFile(this.#lock, 'exclusive');
      mkdirSync(this.#config, { recursive: true, mode: 0o700 });
      for (const network of named) this.#write(network);
      await this.#reload();
    } catch (error) {
      this.#log.error({ error }, 'names of containers may be out of date');
    }
  }

  /** Writes all files anew and makes sure that the server runs, if it has anything to say. */
  async restore(): Promise<void> {
    if (!this.available) return;
    using _lock = await holdFile(this.#lock, 'exclusive');
    mkdirSync(this.#config, { recursive: true, mode: 0o700 });
    const named = this.#records.networks.all().filter(hasNames);
    const known = new Set(named.map(({ id }) => id));
    for (const file of this.#files().filter((name) => !known.has(name))) rmSync(join(this.#config, file));
    for (const network of named) this.#write(network);
    await this.#reload();
  }

  /** Starts the server again when it has died: it talks to containers, who may wish it ill. True when that was needed. */
  async revive(): Promise<boolean> {
    if (!this.available || this.#pid() !== undefined || this.#files().length === 0) return false;
    await this.restore();
    return true;
  }

  #write(network: Network): void {
    const members = this.#records.members(network.id).filter(({ state }) => state !== 'closing');
    const file = join(this.#config, network.id);
    if (members.length === 0) return rmSync(file, { force: true });
    // The server reads every file in its directory: a draft must not lie there.
    writeFileSync(this.#draft, renderNames(network, members), { mode: 0o600 });
    renameSync(this.#draft, file);
  }

  async #reload(): Promise<void> {
    const pid = this.#pid();
    if (this.#files().length === 0) return pid === undefined ? undefined : this.#stop(pid);
    if (pid !== undefined) process.kill(pid, 'SIGHUP');
    else await this.#start();
  }

  /** It puts itself into the background; the process that we start ends at once. */
  async #start(): Promise<void> {
    const path = findProgram(program) ?? program;
    const child = spawn(path, ['--config', this.#config, '-p', '53', 'run'], { stdio: 'ignore', detached: true, cwd: '/' });
    const timer = setTimeout(() => child.kill('SIGKILL'), deadline);
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${program} ended with code ${code}`))));
    }).finally(() => clearTimeout(timer));
    for (let tries = 0; this.#pid() === undefined && tries < 200; tries++) await sleep(5);
  }

  /** Ends the server, for good: one that is about to end must not be taken for one that serves. */
  async #stop(pid: number): Promise<void> {
    process.kill(pid, 'SIGTERM');
    for (let tries = 0; this.#pid() !== undefined && tries < 200; tries++) await sleep(5);
    rmSync(join(this.#config, pidFile), { force: true });
  }

  #files(): string[] {
    return readdirSync(this.#config).filter((name) => name !== pidFile);
  }

  /** The server's pid while it runs; pids are used again, so its command line must name our directory. */
  #pid(): number | undefined {
    try {
      const pid = Number(readFileSync(join(this.#config, pidFile), 'utf8'));
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(this.#config) ? pid : undefined;
    } catch {
      return undefined;
    }
  }
}

/**
 * A file of aardvark-dns: addresses to listen on, then a line `id ipv4 ipv6 names`
 * for each container, and the servers it wants names outside from.
 */
export function renderNames(network: Network, members: readonly Sandbox[]): string {
  const listen = network.subnets.map(({ gateway }) => gateway).join(',');
  const lines = members.flatMap((sandbox) =>
    sandbox.endpoints
      .filter(({ networkId, stage }) => networkId === network.id && stage !== 'leaving')
      .map(({ addresses, aliases }) => {
        const of = (family: number): string => addresses.find((address) => address.family === family)?.address ?? '';
        const names = [...new Set([sandbox.name, ...aliases, sandbox.id.slice(0, 12)])].join(',');
        const servers = sandbox.dns?.length ? ` ${sandbox.dns.join(',')}` : '';
        return `${sandbox.id} ${of(4)} ${of(6)} ${names}${servers}`;
      }),
  );
  return `${[listen, ...lines].join('\n')}\n`;
}
