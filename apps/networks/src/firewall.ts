import { join } from 'node:path';
import type { Logger } from '@arcbox/log';
import { run } from './command.ts';
import { type Element, networkElements, portElements, renderAdd, renderDelete, renderTable } from './firewall-table.ts';
import { holdFile } from './file-lock.ts';
import type { Network } from './network.ts';
import type { Records } from './records.ts';
import type { Sandbox } from './sandbox.ts';

/**
 * The engine's table in nftables. Single changes are made by several replicas
 * at once; the whole table is put back from the records by one, alone. So that
 * neither undoes the other, a record is written before its elements come, and
 * marked before they go.
 */
export class Firewall {
  readonly table: string;
  readonly #records: Records;
  readonly #lock: string;
  readonly #log: Logger;
  #present: Promise<void> = Promise.resolve();
  #next: { readonly texts: string[]; readonly done: Promise<void> } | undefined;

  constructor(options: { tag: string; directory: string; records: Records; log: Logger }) {
    this.table = `arcbox_${options.tag}`;
    this.#records = options.records;
    this.#lock = join(options.directory, 'firewall.lock');
    this.#log = options.log;
  }

  /** Lets a network's traffic through. */
  async open(network: Network): Promise<void> {
    await this.#add(networkElements(network));
  }

  async close(network: Network): Promise<void> {
    await this.#delete(networkElements(network));
  }

  /** Leads the host ports of a sandbox to it. */
  async publish(sandbox: Sandbox): Promise<void> {
    await this.#add(portElements(sandbox));
  }

  async withdraw(sandbox: Sandbox): Promise<void> {
    await this.#delete(portElements(sandbox));
  }

  /** The same sandbox with other endpoints or another name, in one step: no packet meets neither. */
  async lead(before: Sandbox, after: Sandbox): Promise<void> {
    const [old, next] = [portElements(before), portElements(after)];
    const missing = (of: readonly Element[], among: readonly Element[]): Element[] => {
      const known = new Set(among.map((element) => JSON.stringify(element)));
      return of.filter((element) => !known.has(JSON.stringify(element)));
    };
    await this.#change(renderDelete(this.table, missing(old, next)) + renderAdd(this.table, missing(next, old)));
  }

  /** Makes the table say what the records say, whatever has become of it. */
  async restore(): Promise<void> {
    using _lock = await holdFile(this.#lock, 'exclusive');
    await run('nft', ['-f', '-'], renderTable(this.table, this.#wanted()));
  }

  /** False after somebody has flushed the host's rule set. */
  async isPresent(): Promise<boolean> {
    const listed = await run('nft', ['list', 'tables', 'inet']);
    return listed.split('\n').includes(`table inet ${this.table}`);
  }

  #add(elements: readonly Element[]): Promise<void> {
    return this.#change(renderAdd(this.table, elements));
  }

  #delete(elements: readonly Element[]): Promise<void> {
    return this.#change(renderDelete(this.table, elements));
  }

  /**
   * Changes that come while one is being made go together in the next: the kernel
   * takes up to 20 ms over a deletion, however long it is. There are as many as
   * calls in flight.
   */
  #change(text: string): Promise<void> {
    if (text === '') return Promise.resolve();
    this.#next ??= { texts: [], done: this.#present.then(() => this.#flush()) };
    this.#next.texts.push(text);
    return this.#next.done;
  }

  async #flush(): Promise<void> {
    const texts = this.#next?.texts ?? [];
    const work = this.#apply(texts.join(''));
    this.#next = undefined;
    this.#present = work.catch(() => {});
    await work;
  }

  /** A change that the kernel refuses meets a table that is not what it should be: then all of it is put back. */
  async #apply(text: string): Promise<void> {
    try {
      using _lock = await holdFile(this.#lock, 'shared');
      await run('nft', ['-f', '-'], text);
    } catch (error) {
      this.#log.warn({ error }, 'the firewall table is not as it should be: restoring it');
      await this.restore();
    }
  }

  #wanted(): Element[] {
    const sandboxes = this.#records.sandboxes.all().filter(({ state }) => state !== 'closing');
    return [...this.#records.bridges().flatMap(networkElements), ...sandboxes.flatMap(portElements)];
  }
}
