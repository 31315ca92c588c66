import { invalidArgument, isKind, notFound } from '@arcbox/errors';
import { type Container, isStopped } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import type { Ending } from '../record/endings.ts';

export interface WaitResult {
  readonly exitCode: number;
  /** What went wrong, if anything did. */
  readonly error: string;
}

/** Blocks until the container `not-running` (also if empty), has its `next-exit`, or is `removed`. */
export async function waitForContainer(
  containers: Containers,
  reference: string,
  condition: string,
  signal: AbortSignal,
): Promise<WaitResult> {
  const isMet = conditions.get(condition);
  if (!isMet) throw invalidArgument(`unknown wait condition: ${condition}`);
  const first = findOrEnding(containers, reference);
  if (!('status' in first)) return answer(first, condition);
  const look = (): WaitResult | undefined => {
    const now = containers.get(first.id);
    if (!now) return resultOf(containers.endings.of(first.id));
    return isMet(now, first) ? { exitCode: now.status.exitCode, error: now.status.error } : undefined;
  };
  return containers.changes.until(first.id, look, signal);
}

/** Also one that its restart policy starts again. */
function hasExited(now: Container, first: Container): boolean {
  return now.status.exits > first.status.exits;
}

const conditions = new Map<string, (now: Container, first: Container) => boolean>([
  ['', (now, first) => isStopped(now) || hasExited(now, first)],
  ['not-running', (now, first) => isStopped(now) || hasExited(now, first)],
  ['next-exit', hasExited],
  ['removed', () => false],
]);

/** One that removed itself a moment ago is still known by its full id. */
function findOrEnding(containers: Containers, reference: string): Container | Ending {
  try {
    return containers.find(reference);
  } catch (error) {
    const ending = isKind(error, 'not-found') ? containers.endings.of(reference) : undefined;
    if (ending) return ending;
    throw error;
  }
}

function answer(ending: Ending, condition: string): WaitResult {
  if (condition === 'next-exit') throw notFound(`no such container: ${ending.id}`);
  return resultOf(ending);
}

function resultOf(ending: Ending | undefined): WaitResult {
  return { exitCode: ending?.exitCode ?? 0, error: ending?.error ?? '' };
}
