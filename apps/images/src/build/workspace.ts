import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isKind } from '@arcbox/errors';
import { mount, type MountSpec, readMounts, unmount } from '@arcbox/linux';
import type { ImageEngine } from '../engine.ts';
import { removeTree } from '../store/remove-tree.ts';
import type { RunContainers } from './run-containers.ts';

/** Where the files of running builds are, a directory each. */
export const workspacesOf = ({ layout }: ImageEngine): string => layout.builds;

/**
 * What one build has outside of its cache: a directory with everything that it
 * mounts and writes, and its containers by their names. Disposing takes all of
 * it away; after a crash the sweep does.
 */
export class Workspace implements AsyncDisposable {
  readonly id: string;
  readonly directory: string;
  readonly #engine: ImageEngine;
  readonly #containers: RunContainers;
  readonly #lease: Disposable;
  #count = 0;

  private constructor(engine: ImageEngine, containers: RunContainers, id: string, lease: Disposable) {
    this.id = id;
    this.#engine = engine;
    this.#containers = containers;
    this.#lease = lease;
    this.directory = join(workspacesOf(engine), id);
  }

  static open(engine: ImageEngine, containers: RunContainers): Workspace {
    const id = randomUUID();
    // Before the directory: one without its lease is a dead build's.
    const lease = engine.store.leases.tryHold(leaseOfWorkspace(id));
    if (!lease) throw new Error(`lease of build ${id} is taken`);
    const workspace = new Workspace(engine, containers, id, lease);
    mkdirSync(join(workspace.directory, containerNotes), { recursive: true, mode: 0o700 });
    return workspace;
  }

  /** A path in the build's directory that nothing has yet. */
  place(purpose: string): string {
    return join(this.directory, `${purpose}-${++this.#count}`);
  }

  /** Makes the directory `spec.target` and mounts there. */
  mount(spec: MountSpec): Disposable {
    mkdirSync(spec.target, { recursive: true, mode: 0o755 });
    mount(spec);
    return { [Symbol.dispose]: () => unmount(spec.target) };
  }

  /** A name for a container; it is removed when this is disposed, or after a crash. */
  container(): { readonly name: string } & AsyncDisposable {
    const name = `build-${this.id.slice(0, 8)}-${++this.#count}`;
    const note = join(this.directory, containerNotes, name);
    writeFileSync(note, '');
    return {
      name,
      [Symbol.asyncDispose]: async () => {
        await removeContainer(this.#containers, name);
        rmSync(note, { force: true });
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await clear(this.directory, this.#containers);
    } catch (error) {
      this.#engine.log.warn({ error, build: this.id }, 'what a build has left stays for now');
    } finally {
      this.#lease[Symbol.dispose]();
    }
  }
}

/** Takes away what builds of dead processes have left. */
export async function clearDeadWorkspaces(engine: ImageEngine, containers: RunContainers): Promise<void> {
  for (const id of readdirSync(workspacesOf(engine))) {
    using lease = engine.store.leases.tryHold(leaseOfWorkspace(id));
    if (!lease) continue;
    const directory = join(workspacesOf(engine), id);
    // It may have gone while the directory was read.
    if (!existsSync(directory)) continue;
    engine.log.info({ build: id }, 'removing what is left of a build');
    await clear(directory, containers);
  }
}

export const leaseOfWorkspace = (id: string): string => `workspace/${id}`;

/** In a build's directory: an empty file for each container, named like it. */
const containerNotes = 'containers';

/** Containers first: they use the mounts. Nothing is removed below what is still mounted. */
async function clear(directory: string, containers: RunContainers): Promise<void> {
  const notes = join(directory, containerNotes);
  for (const name of existsSync(notes) ? readdirSync(notes) : []) await removeContainer(containers, name);
  for (const target of readMounts().toReversed()) if (target.startsWith(`${directory}/`)) unmount(target);
  await removeTree(directory);
}

async function removeContainer(containers: RunContainers, name: string): Promise<void> {
  try {
    await containers.remove(name);
  } catch (error) {
    if (!isKind(error, 'not-found')) throw error;
  }
}
