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

/** What a happening is to the outside, in order: volumes are mounted before a container starts, and free when it has died. */
export function eventsOf(container: Container, happening: Happening): NewEvent[] {
  const own = eventOf(container, happening);
  if (happening.action === 'start') return [...volumeEvents('mount', container), own];
  if (happening.action === 'die') return [own, ...volumeEvents('unmount', container)];
  return [own];
}

function eventOf({ id, name, config }: Container, { action, attributes }: Happening): NewEvent {
  return {
    type: 'container',
    action,
    actor: { id, attributes: { ...config.labels, image: config.image.reference, name, ...attributes } },
  };
}

/** With the attributes that Docker gives them. */
function volumeEvents(action: 'mount' | 'unmount', { id, config }: Container): NewEvent[] {
  return config.mounts.flatMap(({ volume, target, readonly }) => {
    if (volume === undefined) return [];
    const attributes = { name: volume, driver: 'local', container: id };
    const how = { destination: target, 'read/write': String(!readonly), propagation: '' };
    return { type: 'volume', action, actor: { id: volume, attributes: action === 'mount' ? { ...attributes, ...how } : attributes } };
  });
}

/** The kernel has killed a process for want of memory. `memoryLimit` is in bytes. */
export function outOfMemory({ limits }: Config): Happening {
  return { action: 'oom', ...(limits.memory ? { attributes: { memoryLimit: String(limits.memory) } } : {}) };
}
