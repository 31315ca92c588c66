import { failedPrecondition, invalidArgument, notFound } from '@arcbox/errors';
import { type Collection, isAlive, processIdentity, type Store } from '@arcbox/store';
import type { Containers } from '../record/containers.ts';
import type { Exec } from './exec.ts';

/** One that has ended, or was never started, is remembered this long; milliseconds. */
const remembered = 60 * 60_000;

/** Exit code where nobody saw the real one. */
const unknownCode = 255;

/** The further processes of containers, in the service's store. */
export class Execs {
  readonly #store: Store;
  readonly #records: Collection<Exec>;
  readonly #containers: Containers;

  constructor(store: Store, containers: Containers) {
    this.#store = store;
    this.#containers = containers;
    this.#records = store.collection<Exec>('execs', { indexes: { container: '$.container', state: '$.state' } });
  }

  insert(exec: Exec): void {
    this.#store.transaction(() => {
      this.#records.put(exec);
      this.#tell(exec, 'exec_create', commandOf(exec));
    });
  }

  /** By full id or unique prefix. */
  find(reference: string): Exec {
    const candidates = /^[0-9a-f]+$/.test(reference) ? this.#records.findByPrefix(reference, 2) : [];
    const exec = this.#records.get(reference) ?? candidates[0];
    if (!exec) throw notFound(`no such exec instance: ${reference}`);
    if (exec.id !== reference && candidates.length > 1) throw invalidArgument(`id prefix ${reference} is ambiguous`);
    return exec;
  }

  runningIn(container: string): Exec[] {
    return this.#records.findBy('container', container).filter(({ state }) => state === 'running');
  }

  /** Only one caller may start it. */
  begin(id: string): void {
    const worker = processIdentity() ?? '';
    this.#change(id, (exec) => {
      if (exec.state === 'created') return { ...exec, state: 'running', run: { worker } };
      throw failedPrecondition(`exec ${id.slice(0, 12)} ${exec.state === 'running' ? 'is running' : 'has run'} already`);
    });
  }

  /** Notes who waits for its process. */
  runs(id: string, runtime: string): void {
    this.#change(id, (exec) => (exec.run ? { ...exec, run: { ...exec.run, runtime } } : exec));
  }

  /** Notes that its program runs. */
  started(id: string, pid: number): void {
    this.#change(
      id,
      (exec) => (exec.run ? { ...exec, run: { ...exec.run, pid } } : exec),
      (exec) => this.#tell(exec, 'exec_start', commandOf(exec)),
    );
  }

  ended(id: string, exitCode: number): void {
    this.#change(
      id,
      (exec) => (exec.state === 'running' ? { ...exec, state: 'exited', run: undefined, exitCode } : undefined),
      (exec) => this.#tell(exec, 'exec_die', { exitCode: String(exitCode) }),
    );
  }

  /** Ends those whose worker and process are gone, and forgets the old: the code is not known then. A living worker tells it itself. */
  tidy(): void {
    for (const { id, run } of this.#records.findBy('state', 'running')) {
      if (run && [run.worker, run.runtime].every((one) => !one || !isAlive(one))) this.ended(id, unknownCode);
    }
    const limit = Date.now() - remembered;
    for (const { id, state, at, container } of this.#records.all()) {
      if (state !== 'running' && (at < limit || !this.#containers.get(container))) this.#records.delete(id);
    }
  }

  #change(id: string, change: (exec: Exec) => Exec | undefined, tell?: (exec: Exec) => void): void {
    this.#store.transaction(() => {
      const changed = this.#records.update(id, (exec) => {
        const next = change(exec);
        return next && { ...next, at: Date.now() };
      });
      if (changed) tell?.(changed);
    });
  }

  #tell(exec: Exec, action: 'exec_create' | 'exec_start' | 'exec_die', attributes: { readonly [name: string]: string }): void {
    const container = this.#containers.get(exec.container);
    if (container) this.#containers.announce(container, { action, attributes: { execID: exec.id, ...attributes } });
  }
}

/** As Docker writes it behind the action. */
const commandOf = ({ command }: Exec): { execCommand: string } => ({ execCommand: command.cmd.join(' ') });
