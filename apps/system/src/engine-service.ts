import type { EventRetention } from '@arcbox/config';
import type { Finding } from '@arcbox/diagnosis';
import type { Clients, Implementation } from '@arcbox/rpc';
import { toFinding } from './diagnose/finding-wire.ts';
import { readDiskUsage } from './disk-usage-client.ts';
import { type EventLogSource, readEventLogFacts } from './event-log-info.ts';
import { parseNanosecondsQuery } from './event-query.ts';
import { type engineSystemDefinition, toEventLogInfo, toResponsePieces } from './events-wire.ts';
import { prune, type Sweeps } from './prune.ts';
import { parsePruneRequest } from './prune-request.ts';
import { toPlanResponse } from './prune-wire.ts';
import { type EventSource, streamEvents } from './stream-events.ts';

/** What arcbox.v1.SystemService cannot say. */
export function engineSystemService(parts: {
  clients: Clients;
  events: EventSource & EventLogSource;
  node: string;
  /** The limits that the event log is to have. */
  retention: EventRetention;
  prune: Sweeps;
  diagnose: (signal: AbortSignal) => Promise<Finding[]>;
}): Implementation<typeof engineSystemDefinition> {
  return {
    async *events(request, { signal }) {
      const query = parseNanosecondsQuery(request);
      for await (const told of streamEvents(parts.events, query, signal)) yield* toResponsePieces(told);
    },

    async getInfo(_request, { signal }) {
      const facts = await readEventLogFacts(parts.events, parts.retention, signal);
      return { node: parts.node, eventLog: toEventLogInfo(facts) };
    },

    async planPrune(request, { signal }) {
      const order = parsePruneRequest(request, { dryRun: true, now: Date.now() });
      const { verdicts, failure } = await prune(parts.prune, order, signal);
      if (failure !== undefined) throw failure;
      return toPlanResponse(verdicts);
    },

    async getDiskUsage(_request, { signal }) {
      return readDiskUsage(parts.clients, signal);
    },

    async diagnose(_request, { signal }) {
      return { findings: (await parts.diagnose(signal)).map(toFinding) };
    },
  };
}
