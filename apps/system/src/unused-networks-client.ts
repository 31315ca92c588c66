import { isKind, messageOf } from '@arcbox/errors';
import { keptByFilters } from '@arcbox/filters';
import { type NetworkServiceClient, NetworkServiceDefinition, type NetworkSummary } from '@arcbox/proto/arcbox/v1/api';
import type { Clients } from '@arcbox/rpc';
import type { DeadlineOptions } from 'nice-grpc-client-middleware-deadline';
import type { PruneOrder, Verdict } from './prune.ts';
import { asOurs, within } from './remote-call.ts';
import { describeUsers } from './verdicts-client.ts';

type Networks = NetworkServiceClient<DeadlineOptions>;

const predefined = ['bridge', 'host', 'none'];

/** Adds to `verdicts`, one by one, networks of the user that no container is connected to. Removing one asks again whether that is so. */
export async function unusedNetworks(clients: Clients, order: PruneOrder, verdicts: Verdict[], signal: AbortSignal): Promise<void> {
  const stub = await clients.of(NetworkServiceDefinition);
  const { networks } = await asOurs(stub.list({}, within(signal)));
  for (const network of networks) {
    const { id, name } = network;
    const kept = (await whyKept(stub, network, order, signal)) ?? (order.dryRun ? undefined : await removeUnlessUsed(stub, id, signal));
    const fate = kept === undefined ? { removed: true, reason: 'no container is connected', gone: [name] } : { removed: false, reason: kept, gone: [] };
    verdicts.push({ id, name, bytes: 0n, ...fate });
  }
}

async function whyKept(stub: Networks, { id, name, created, labels }: NetworkSummary, order: PruneOrder, signal: AbortSignal): Promise<string | undefined> {
  if (predefined.includes(name)) return 'predefined';
  try {
    const { containers } = await asOurs(stub.inspect({ id }, within(signal)));
    const users = Object.values(containers).map((container) => container.name);
    return users.length > 0 ? describeUsers(users) : keptByFilters({ created: Date.parse(created), labels }, order);
  } catch (error) {
    if (isKind(error, 'not-found')) return 'somebody else has removed it';
    throw error;
  }
}

/** Why it stays after all; undefined when it is gone. */
async function removeUnlessUsed(stub: Networks, id: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    await asOurs(stub.remove({ id }, within(signal)));
    return undefined;
  } catch (error) {
    if (isKind(error, 'failed-precondition', 'not-found')) return messageOf(error);
    throw error;
  }
}
