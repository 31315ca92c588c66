import type { Container } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import type { Execs } from '../exec/execs.ts';
import { sizeOf } from './size.ts';

export interface InspectDeps {
  readonly containers: Containers;
  readonly execs: Execs;
}

/** Everything about a container that is not in its record as well. */
export interface Inspected {
  readonly container: Container;
  /** Processes of Exec that run. */
  readonly execIds: readonly string[];
  /** Bytes it has written; where asked for. */
  readonly written?: number;
}

/** Reads the store and waits for no operation; only `size` walks the files. */
export async function inspectContainer(
  { containers, execs }: InspectDeps,
  reference: string,
  { size }: { size: boolean },
): Promise<Inspected> {
  const container = containers.find(reference);
  const execIds = execs.runningIn(container.id).map(({ id }) => id);
  return { container, execIds, ...(size ? { written: (await sizeOf(container)).rw } : {}) };
}
