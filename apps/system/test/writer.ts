import { join } from 'node:path';
import { startRelay } from '@arcbox/events';
import { silentLogger } from '@arcbox/log';
import { openStore, type Store } from '@arcbox/store';
import type { Engine } from './engine.ts';

/** Another worker's events, through its own store and relay. */
export function startWriter(engine: Engine): AsyncDisposable & { store: Store; write(action: string, id: string): void } {
  const stack = new AsyncDisposableStack();
  const store = stack.use(openStore(join(engine.root.path, 'writer', 'state.db')));
  stack.use(startRelay({ bus: engine.worker.host.bus, store, source: 'test', log: silentLogger }));
  return {
    store,
    write: (action, id) => store.outbox.append({ type: 'container', action, actor: { id, attributes: { name: `c-${id}`, exitCode: '0' } } }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
