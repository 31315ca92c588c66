import type { NewEvent } from '@arcbox/store';
import type { Config } from './config.ts';
import type { Container } from './container.ts';

/** Something that happened to a container, in Docker's words. */
export interface Happening {
  readonly action:
    | 'attach'
    | 'commit'
    | 'create'
    | 'destroy'
    | 'die'
    | 'exec_create'
    | 'exec_die'
    | 'exec_start'
    | 'health_status'
    | 'kill'
    | 'oom'
    | 'pause'
    | 'rename'
    | 'restart'
    | 'start'
    | 'stop'
    | 'unpause'
    | 'update';
  /** On top of image, name and labels. */
  readonly attributes?: { readonly [name: string]: string };
}

export function eventOf({ id, name, config }: Container, { action, attributes }: Happening): NewEvent {
  return {
    type: 'container',
    action,
    actor: { id, attributes: { ...config.labels, image: config.image.reference, name, ...attributes } },
  };
}

/** The kernel has killed a process for want of memory. `memoryLimit` is in bytes. */
export function outOfMemory({ limits }: Config): Happening {
  return { action: 'oom', ...(limits.memory ? { attributes: { memoryLimit: String(limits.memory) } } : {}) };
}
