import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync } from 'node:fs';

import { Backoff } from './backoff.ts';
import { lastWords } from './last-words.ts';
import { openLog } from './log-file.ts';
import { type PidFiles, signal } from './pid-files.ts';

/** A program to keep running. */
export interface ProcessSpec {
  /** Unique: `images-0`. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Where its output goes. The process holds the file itself: it can write when we are gone. */
  readonly log: string;
  /** Whom to run as; undefined for ourselves. */
  readonly account?: { readonly uid: number; readonly gid: number };
}

/** A process that is started again when it ends, until it is stopped. */
export class KeptProcess {
  readonly #spec: ProcessSpec;
  readonly #pids: PidFiles;
  readonly #report: (line: string) => void;
  readonly #backoff = new Backoff();
  #child?: ChildProcess;
  #timer?: NodeJS.Timeout;
  #stopping?: PromiseWithResolvers<void>;

  constructor(spec: ProcessSpec, pids: PidFiles, report: (line: string) => void) {
    this.#spec = spec;
    this.#pids = pids;
    this.#report = report;
  }

  get name(): string {
    return this.#spec.name;
  }

  start(): void {
    const { name, program, args, env, account } = this.#spec;
    const started = performance.now();
    const log = openLog(this.#spec.log);
    const written = fstatSync(log).size;
    const child = spawn(program, args, {
      cwd: '/',
      env,
      stdio: ['ignore', log, log],
      // A group of its own: Ctrl-C in our terminal must not reach it, nor what it starts.
      detached: true,
      uid: account?.uid,
      gid: account?.gid,
    });
    closeSync(log);
    this.#child = child;
    if (child.pid !== undefined) this.#pids.write(name, child.pid);
    const ended = (how: string, inOrder: boolean): void => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#pids.remove(name);
      if (this.#stopping) return this.#stopping.resolve();
      const why = inOrder ? undefined : lastWords(this.#spec.log, written);
      const story = why ? `${how} (${why})` : how;
      if (!inOrder) this.#pids.noteEnd(name, story);
      this.#startAgain(story, performance.now() - started, inOrder);
    };
    child.once('error', (error) => ended(`cannot be started: ${error.message}`, false));
    child.once('exit', (code, by) => ended(by ? `was ended by ${by}` : `ended with exit code ${code}`, code === 0));
  }

  /** Ends the process: SIGTERM, and SIGKILL when it still runs `deadline` ms later. */
  async stop(deadline: number): Promise<void> {
    this.#stopping ??= Promise.withResolvers<void>();
    clearTimeout(this.#timer);
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    signal(pid, 'SIGTERM');
    const timer = setTimeout(() => {
      this.#report(`${this.name} did not stop in ${deadline} ms and is killed`);
      if (this.#child?.pid === pid) signal(pid, 'SIGKILL');
    }, deadline);
    await this.#stopping.promise;
    clearTimeout(timer);
  }

  #startAgain(how: string, lived: number, inOrder: boolean): void {
    const wait = this.#backoff.after(lived, inOrder);
    this.#report(`${this.name} ${how}, starting it again ${wait === 0 ? 'now' : `in ${wait} ms`}; log: ${this.#spec.log}`);
    this.#timer = setTimeout(() => this.start(), wait);
  }
}
