import { randomUUID } from 'node:crypto';
import { alreadyExists, type EngineError, invalidArgument, notFound } from '@arcbox/errors';
import type { Collection, Lease, Store } from '@arcbox/store';
import { Changes } from './changes.ts';
import type { Config } from './config.ts';
import { type Container, isRunning, shortId } from './container.ts';
import { tellOfContainers } from './container-metrics.ts';
import type { Network, Status } from './status.ts';
import { Endings } from './endings.ts';
import { type Happening, eventsOf } from './events.ts';

/** The containers of this node, in the service's store. Reads wait for nobody. */
export class Containers implements Disposable {
  readonly changes: Changes;
  readonly endings: Endings;
  readonly #store: Store;
  readonly #records: Collection<Container>;
  readonly #told: Disposable;

  constructor(store: Store) {
    this.#store = store;
    this.#records = store.collection<Container>('containers', {
      unique: { name: '$.name' },
      indexes: {
        state: '$.status.state',
        held: '$.status.held',
        starting: '$.status.starting',
        committing: '$.status.committing',
        freezing: '$.status.freezing',
        updating: '$.status.update.pending',
      },
    });
    this.endings = new Endings(store);
    this.changes = new Changes(store);
    this.#told = tellOfContainers(() => this.#records.countBy('state'));
  }

  /** The right to operate on a container, among all replicas. */
  hold(id: string, signal?: AbortSignal): Promise<Lease> {
    return this.#store.leases.hold(leaseName(id), signal);
  }

  tryHold(id: string): Lease | undefined {
    return this.#store.leases.tryHold(leaseName(id));
  }

  /** The right to lay the pipe to a container's standard input. */
  holdInput(id: string, signal?: AbortSignal): Promise<Lease> {
    return this.#store.leases.hold(`input/${id}`, signal);
  }

  /** Notes, until it is given back, that somebody has files of a container's mounted root open. */
  holdFiles(id: string, signal?: AbortSignal): Promise<Lease> {
    return this.#store.leases.hold(`${filesOf(id)}${randomUUID()}`, signal);
  }

  /** Whether anybody has, in whichever replica: then the root is still mounted, even if nobody can see it any more. */
  areFilesOpen(id: string): boolean {
    return this.#store.leases.held().some((name) => name.startsWith(filesOf(id)));
  }

  get(id: string): Container | undefined {
    return this.#records.get(id);
  }

  /** Oldest first. */
  all(): Container[] {
    return this.#records.all();
  }

  /** Those whose process exists. */
  running(): Container[] {
    return ['running', 'paused'].flatMap((state) => this.#records.findBy('state', state));
  }

  /** Those that wait for their restart. */
  restarting(): Container[] {
    return this.#records.findBy('state', 'restarting');
  }

  /** Those that run, or will again without anybody's doing. */
  active(): Container[] {
    return [...this.running(), ...this.restarting()];
  }

  /** Those with something half done: a start, an update, a removal, or things of the last run still to be given back. */
  unsettled(): Container[] {
    const found = [
      ...this.#records.findBy('starting', 1),
      ...this.#records.findBy('updating', 1),
      ...this.#records.findBy('committing', 1),
      ...this.#records.findBy('freezing', 1),
      // One that runs holds what it needs.
      ...this.#records.findBy('held', 1).filter((container) => !isRunning(container)),
      ...this.#records.findBy('state', 'removing'),
    ];
    return [...new Map(found.map((container) => [container.id, container])).values()];
  }

  /** By full id, name, `/name` or unique prefix of an id, in this order. */
  find(reference: string): Container {
    const found = this.#lookUp(reference);
    if (found) return found;
    throw notFound(`no such container: ${reference}`);
  }

  isNameTaken(name: string): boolean {
    return this.#records.findBy('name', name).length > 0;
  }

  /**
   * ALREADY_EXISTS when the name is taken. `keep` is part of the transaction; `complete` decides what depends on the others
   * that are there.
   */
  insert(draft: Container, keep: () => void, complete: (draft: Container, others: () => Container[]) => Container = (same) => same): void {
    try {
      this.#commit(draft.id, () => {
        const container = complete(draft, () => this.all());
        this.#records.put(container);
        this.#tell(container, { action: 'create' });
        keep();
      });
    } catch (error) {
      throw this.#nameConflict(draft.name) ?? error;
    }
  }

  /**
   * One transition: `change` sees the last commit and returns the new status
   * (and configuration, if that changes too) with the events that tell of it, or
   * undefined to leave all as it is. Then nothing is written and undefined returned.
   */
  transition(
    id: string,
    change: (container: Container) => { status: Status; config?: Config; events?: readonly Happening[] } | undefined,
  ): Container | undefined {
    return this.#commit(id, () => {
      const before = this.#records.get(id);
      const next = before && change(before);
      if (!before || !next) return undefined;
      const after = { ...before, status: next.status, config: next.config ?? before.config };
      this.#records.put(after);
      for (const event of next.events ?? []) this.#tell(after, event);
      return after;
    });
  }

  /** Changes what networks a container is on: `network` is where it is now, undefined leaves that. */
  reconnect(id: string, change: (config: Config) => Config, network: Network | undefined): void {
    this.#commit(id, () => {
      const before = this.#records.get(id);
      if (!before) return;
      const status = network && before.status.network ? { ...before.status, network } : before.status;
      this.#records.put({ ...before, config: change(before.config), status });
    });
  }

  /** Gives a container another name. ALREADY_EXISTS when that is taken. */
  rename(id: string, name: string): void {
    try {
      this.#commit(id, () => {
        const before = this.#records.get(id);
        if (!before || before.name === name) return;
        const after = { ...before, name };
        this.#records.put(after);
        this.#tell(after, { action: 'rename', attributes: { oldName: `/${before.name}` } });
      });
    } catch (error) {
      throw this.#nameConflict(name) ?? error;
    }
  }

  /** Tells of something that changes no state. */
  announce(container: Container, event: Happening): void {
    this.#tell(container, event);
  }

  /** Forgets a container; how it ended is remembered for a while. */
  delete(container: Container): void {
    const { exitCode, error, removal } = container.status;
    this.#commit(container.id, () => {
      if (!this.#records.delete(container.id)) return;
      this.endings.remember({ id: container.id, exitCode, error, at: Date.now(), removalKey: removal?.key });
      this.#tell(container, { action: 'destroy', ...(container.config.autoRemove ? { attributes: { autoRemove: 'true' } } : {}) });
    });
  }

  #lookUp(reference: string): Container | undefined {
    const name = reference.startsWith('/') ? reference.slice(1) : reference;
    if (name === '') throw invalidArgument('a container id or name is needed');
    const exact = this.#records.get(name) ?? this.#records.findBy('name', name)[0];
    if (exact || !/^[0-9a-f]{1,64}$/.test(name)) return exact;
    const candidates = this.#records.findByPrefix(name);
    if (candidates.length <= 1) return candidates[0];
    const list = candidates.map((candidate) => `${shortId(candidate.id)} (${candidate.name})`).join(', ');
    throw invalidArgument(`id prefix ${name} is ambiguous: ${list}`);
  }

  #nameConflict(name: string): EngineError | undefined {
    const [holder] = this.#records.findBy('name', name);
    return holder && alreadyExists(`the name "${name}" is already in use by container ${shortId(holder.id)}`);
  }

  /** Throws ALREADY_EXISTS when the name is taken now. */
  requireFreeName(name: string): void {
    const conflict = this.#nameConflict(name);
    if (conflict) throw conflict;
  }

  /** What is the engine's own is nobody's news. */
  #tell(container: Container, event: Happening): void {
    if (container.config.internal) return;
    for (const each of eventsOf(container, event)) this.#store.outbox.append(each);
  }

  #commit<R>(id: string, work: () => R): R {
    const result = this.#store.transaction(work);
    this.changes.notify(id);
    return result;
  }

  [Symbol.dispose](): void {
    this.#told[Symbol.dispose]();
    this.changes[Symbol.dispose]();
  }
}

const leaseName = (id: string): string => `container/${id}`;
const filesOf = (id: string): string => `files/${id}/`;
