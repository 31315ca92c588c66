import { failedPrecondition } from '@arcbox/errors';
import type { Config } from './config.ts';
import type { Status } from './status.ts';

/** A container as it is kept: what was decided when it was made, and how it is now. */
export interface Container {
  /** 64 lower-case hex characters. */
  readonly id: string;
  /** Without slash; unique. */
  readonly name: string;
  readonly config: Config;
  readonly status: Status;
}

/** Its process exists. */
export function isRunning({ status }: Container): boolean {
  return status.state === 'running' || status.state === 'paused';
}

/** Neither its process exists nor will a restart policy make it again. */
export function isStopped(container: Container): boolean {
  return !isRunning(container) && container.status.state !== 'restarting';
}

/** What people see of an id. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}

/** The container that is `running`; FAILED_PRECONDITION when it is not. */
export function requireRunning(container: Container): Container {
  const { state } = container.status;
  if (state === 'running') return container;
  const why = state === 'paused' ? 'is paused' : 'is not running';
  throw failedPrecondition(`container ${container.name} ${why}`);
}
