import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { type Paths, readEventRetention } from '@arcbox/config';
import { findProgram } from '@arcbox/diagnosis';

import type { StartOptions, WorkerName } from '../start-options.mjs';
import type { Account } from './account.ts';
import { configureBus } from './bus.ts';
import { baseEnvironment, workerEnvironment } from './environment.ts';
import { KeptProcess } from './kept-process.ts';
import { PidFiles } from './pid-files.ts';
import { findBusProgram } from './shortcomings.ts';

/** Where the bundles are: this program is one of them. */
const dist = join(import.meta.dirname, '..');

/** Workers that run as root; the others drop to the account, and NATS starts as it (libs/lifecycle). */
const privileged: ReadonlySet<WorkerName> = new Set(['images', 'networks', 'volumes', 'containers']);

/** When, after a stop began, what still runs is killed; milliseconds. All together stay under five seconds. */
const stopDeadlines = { gateway: 1_200, workers: 2_600, bus: 700 };

export interface EngineOptions {
  readonly options: StartOptions;
  readonly paths: Paths;
  readonly env: NodeJS.ProcessEnv;
  /** Whom NATS and the unprivileged workers run as; undefined for ourselves. */
  readonly account?: Account;
  readonly report: (line: string) => void;
}

/**
 * Of every worker. Node takes the memory of a large machine for its own: young objects may fill 48 MiB before they are looked through, and
 * each thread that helps with it has a heap of its own. A worker that waits needs none of that, and one that works is as fast without.
 */
const nodeOptions = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=2', '--v8-pool-size=1'];

/** The processes of an engine: NATS and every replica of every worker. */
export class Engine implements AsyncDisposable {
  /** Workers that were not started, having no program yet. */
  readonly absent: WorkerName[] = [];
  readonly #bus?: KeptProcess;
  readonly #workers: KeptProcess[] = [];
  readonly #gateways: KeptProcess[] = [];

  private constructor(engine: EngineOptions, pids: PidFiles, bus: { url: string; config?: string }) {
    const { options, paths, env, account, report } = engine;
    const log = (name: string): string => join(paths.log, `${name}.log`);
    if (bus.config !== undefined) {
      const own = baseEnvironment(env);
      const program = findBusProgram(own['PATH'] ?? '') ?? 'nats-server';
      const spec = { name: 'nats-0', ...withoutNewPrivileges(program, ['-c', bus.config], own), log: log('nats-0') };
      this.#bus = new KeptProcess({ ...spec, env: own, account }, pids, report);
    }
    for (const [worker, replicas] of options.replicas) {
      const program = join(dist, worker, 'main.js');
      if (!existsSync(program)) {
        this.absent.push(worker);
        continue;
      }
      for (let replica = 0; replica < replicas; replica++) {
        const name = `${worker}-${replica}`;
        const own = workerEnvironment(worker, replica, { env, options, natsUrl: bus.url, user: account?.name ?? '' });
        const args = [...nodeOptions, program];
        const spec = {
          name,
          ...(privileged.has(worker) ? { program: process.execPath, args } : withoutNewPrivileges(process.execPath, args, own)),
          env: own,
          log: log(name),
        };
        (worker === 'gateway' ? this.#gateways : this.#workers).push(new KeptProcess(spec, pids, report));
      }
    }
  }

  /** Starts everything, after what a killed supervisor of this root has left is stopped. */
  static async start(engine: EngineOptions): Promise<Engine> {
    const pids = new PidFiles(engine.paths.run);
    const orphans = await pids.stopOrphans();
    if (orphans.length > 0) engine.report(`stopped what an earlier run had left: ${orphans.join(', ')}`);
    const given = engine.env['ARCBOX_NATS_URL'];
    const started = new Engine(engine, pids, given ? { url: given } : await configureBus(engine.paths, readEventRetention(engine.env), engine.account));
    for (const each of started.#all()) each.start();
    return started;
  }

  get processes(): readonly string[] {
    return this.#all().map(({ name }) => name);
  }

  /** The gateway first, so that no new work comes in; NATS last, so that the last events go out. */
  async [Symbol.asyncDispose](): Promise<void> {
    await stopAll(this.#gateways, stopDeadlines.gateway);
    await stopAll(this.#workers, stopDeadlines.workers);
    await this.#bus?.stop(stopDeadlines.bus);
  }

  #all(): KeptProcess[] {
    return [...(this.#bus ? [this.#bus] : []), ...this.#workers, ...this.#gateways];
  }
}

/** The command so that neither it nor what it starts can gain privileges by a setuid program (prctl(2), no_new_privs). */
function withoutNewPrivileges(program: string, args: string[], env: NodeJS.ProcessEnv): { program: string; args: string[] } {
  const setpriv = findProgram('setpriv', (env['PATH'] ?? '').split(':'));
  return setpriv ? { program: setpriv, args: ['--no-new-privs', '--', program, ...args] } : { program, args };
}

async function stopAll(processes: readonly KeptProcess[], deadline: number): Promise<void> {
  await Promise.all(processes.map((each) => each.stop(deadline)));
}
