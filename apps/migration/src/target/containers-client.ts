import { ChangeKind, ContainerServiceDefinition as EngineContainerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/container';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import type { Clients } from '@arcbox/rpc';
import { Metadata } from 'nice-grpc-common';
import type { ContainerOrder } from '../settings/order.ts';
import { toCreateRequest } from '../settings/order-wire.ts';
import { ask, atLength, find, soon } from './ask.ts';
import { uploadOf } from './upload.ts';

export interface LocalContainer {
  readonly id: string;
  /** Also one that is paused. */
  readonly isRunning: boolean;
  readonly isPaused: boolean;
}

/** Mounts, networks and a command that does not come up take their time; milliseconds. */
const patience = 120_000;

/** The containers of this engine. */
export class Containers {
  readonly #clients: Clients;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  /** By name, not by what an id begins with. */
  async find(name: string, signal: AbortSignal): Promise<LocalContainer | undefined> {
    const containers = await this.#clients.of(ContainerServiceDefinition);
    const { containers: found } = await ask(containers.list({ all: true, filters: JSON.stringify({ name: [name] }) }, soon(signal)));
    const one = found.find(({ names }) => names.some((known) => known.replace(/^\//, '') === name));
    return one && { id: one.id, isRunning: ['running', 'paused', 'restarting'].includes(one.state), isPaused: one.state === 'paused' };
  }

  /** Whether it removes itself when it is stopped. */
  async isFleeting(id: string, signal: AbortSignal): Promise<boolean> {
    const containers = await this.#clients.of(EngineContainerServiceDefinition);
    return (await ask(containers.inspect({ id }, soon(signal)))).autoRemove;
  }

  /** The same key makes it once: its id, and what the host cannot do. */
  async create(order: ContainerOrder, key: string, signal: AbortSignal): Promise<{ id: string; warnings: readonly string[] }> {
    const containers = await this.#clients.of(EngineContainerServiceDefinition);
    return ask(containers.create(toCreateRequest(order), { ...this.#slowly(signal), metadata: Metadata({ 'x-idempotency-key': key }) }));
  }

  async start(id: string, signal: AbortSignal): Promise<void> {
    const containers = await this.#clients.of(ContainerServiceDefinition);
    await ask(containers.start({ id }, this.#slowly(signal)));
  }

  async pause(id: string, signal: AbortSignal): Promise<void> {
    const containers = await this.#clients.of(ContainerServiceDefinition);
    await ask(containers.pause({ id }, soon(signal)));
  }

  async stop(id: string, signal: AbortSignal): Promise<void> {
    const containers = await this.#clients.of(EngineContainerServiceDefinition);
    await ask(containers.stop({ id }, { signal, deadline: new Date(Date.now() + 600_000) }));
  }

  async rename(id: string, name: string, signal: AbortSignal): Promise<void> {
    const containers = await this.#clients.of(EngineContainerServiceDefinition);
    await ask(containers.rename({ id, name }, soon(signal)));
  }

  /** With its anonymous volumes, when these are to go as well. One that is not there is fine. */
  async remove(id: string, volumes: boolean, signal: AbortSignal): Promise<void> {
    const containers = await this.#clients.of(ContainerServiceDefinition);
    await find(containers.remove({ id, force: true, volumes }, this.#slowly(signal)));
  }

  /** Takes away and writes files of one that does not run; names are relative to its root. */
  async write(id: string, remove: readonly string[], archive: AsyncIterable<Buffer>, signal: AbortSignal): Promise<void> {
    const containers = await this.#clients.of(EngineContainerServiceDefinition);
    const first = { id, path: '/', copyOwnership: true, remove: [...remove] };
    await ask(containers.writeArchive(uploadOf(first, archive), atLength(signal)));
  }

  /** Absolute paths of files that it has and its image has not. */
  async added(id: string, signal: AbortSignal): Promise<string[]> {
    const containers = await this.#clients.of(EngineContainerServiceDefinition);
    const { changes } = await ask(containers.changes({ id }, this.#slowly(signal)));
    return changes.flatMap(({ kind, path }) => (kind === ChangeKind.CHANGE_KIND_ADDED ? [path] : []));
  }

  #slowly(signal: AbortSignal): { signal: AbortSignal; deadline: Date } {
    return { signal, deadline: new Date(Date.now() + patience) };
  }
}
