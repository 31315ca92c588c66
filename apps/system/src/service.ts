import type { Implementation } from '@arcbox/rpc';
import type { Store } from '@arcbox/store';
import { parseSecondsQuery } from './event-query.ts';
import { type systemDefinition, toEventPieces } from './events-wire.ts';
import { readHostFacts } from './host-facts.ts';
import type { Inventory } from './inventory-client.ts';
import { hasRemoved, prune, type Sweeps } from './prune.ts';
import { pruneFailure } from './prune-failure.ts';
import { parsePruneRequest } from './prune-request.ts';
import { toPruneResponse } from './prune-wire.ts';
import type { SetupMonitor } from './setup-monitor.ts';
import { type EventSource, streamEvents } from './stream-events.ts';
import { toInfoResponse, toPingResponse, toSetupStatus, toVersionResponse } from './wire.ts';

export function systemService(parts: {
  events: EventSource;
  inventory: Inventory;
  node: string;
  prune: Sweeps;
  setup: SetupMonitor;
  stateDirectory: string;
  store: Store;
  /** Containers have other user ids than the host, where nobody says otherwise. */
  isRemapped: boolean;
}): Implementation<typeof systemDefinition> {
  const { events, inventory, node, setup, stateDirectory, store, isRemapped } = parts;
  const facts = readHostFacts();
  return {
    async ping() {
      return toPingResponse();
    },

    async getVersion() {
      return toVersionResponse();
    },

    /**
     * The header `x-arcbox-stale` names the parts whose numbers are the last known ones because their worker is away,
     * `x-arcbox-security-options` what new containers have beyond the usual, as Docker writes it.
     */
    async getInfo(_request, { signal, header }) {
      const counts = await inventory.count(signal);
      if (counts.stale.length > 0) header.set('x-arcbox-stale', counts.stale.join(','));
      if (isRemapped) header.set('x-arcbox-security-options', 'name=userns');
      return toInfoResponse(facts, counts, stateDirectory);
    },

    async *events(request, { signal }) {
      const query = parseSecondsQuery(request);
      for await (const told of streamEvents(events, query, signal)) yield* toEventPieces(told);
    },

    async prune(request, { signal }) {
      const order = parsePruneRequest(request, { dryRun: false, now: Date.now() });
      const { verdicts, failure } = await prune(parts.prune, order, signal);
      if (failure !== undefined && !hasRemoved(verdicts)) throw failure;
      const pruned = toPruneResponse(verdicts);
      const attributes = { reclaimed: String(pruned.spaceReclaimed) };
      store.outbox.append({ type: 'daemon', action: 'prune', actor: { id: node, attributes } });
      if (failure !== undefined) throw pruneFailure(failure, verdicts);
      return pruned;
    },

    async getSetupStatus() {
      return toSetupStatus(setup.current);
    },

    async *watchSetupStatus(_request, { signal }) {
      for await (const status of setup.watch(signal)) yield toSetupStatus(status);
    },
  };
}
