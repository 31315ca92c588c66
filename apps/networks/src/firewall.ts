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

  async #add(elements: readonly Element[]): Promise<void> {
    if (elements.length === 0) return;
    await this.#change(renderAdd(this.table, elements));
  }

  async #delete(elements: readonly Element[]): Promise<void> {
    if (elements.length === 0) return;
    await this.#change(renderDelete(this.table, elements));
  }

  /** A change that the kernel refuses meets a table that is not what it should be: then all of it is put back. */
  async #change(text: string): Promise<void> {
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
