import { messageOf } from '@arcbox/errors';
import type { RunContext } from './context.ts';
import { persistently } from './persistently.ts';

/** Phase `complete`: what was replaced goes. Everything has arrived: what cannot go is told. */
export async function finish({ targets, items, journal, signal }: Pick<RunContext, 'targets' | 'items' | 'journal' | 'signal'>): Promise<void> {
  const asides = items.all('aside').map(({ name, container }) => ({ shown: `container ${name}`, remove: () => targets.containers.remove(container, true, signal) }));
  const volumes = items.all('volume').flatMap(({ name, aside }) => (aside === undefined ? [] : [{ shown: `volume ${name}`, remove: () => targets.volumes.remove(aside, signal) }]));
  const images = items.all('image').flatMap(({ kept }) => Object.keys(kept).map((tag) => ({ shown: `image ${tag}`, remove: () => targets.images.remove(tag, signal) })));
  const all = [...asides, ...volumes, ...images];
  journal.begin('complete', all.length);
  for (const { shown, remove } of all) {
    try {
      await persistently(remove, signal);
    } catch (error) {
      signal.throwIfAborted();
      journal.warn(`what was replaced stays: ${shown}: ${messageOf(error)}`);
    }
    journal.finished(shown, 'what was there before is removed');
  }
}
