import type { PruneVerdict } from '@arcbox/proto/arcbox/engine/v1/prune';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import type { Clients } from '@arcbox/rpc';
import type { Verdict } from './prune.ts';
import { asOurs, within } from './remote-call.ts';

/** The verdicts of another worker, with the containers that they speak of by name. */
export async function readVerdicts(clients: Clients, verdicts: readonly PruneVerdict[], signal: AbortSignal): Promise<Verdict[]> {
  const names = verdicts.some(({ usedBy }) => usedBy.length > 0) ? await containerNames(clients, signal) : new Map<string, string>();
  return verdicts.map(({ id, name, size, removed, reason, usedBy, gone }) => ({
    id,
    name,
    bytes: size,
    removed,
    reason: reason || describeUsers(usedBy.map((user) => names.get(user) ?? user.slice(0, 12))),
    gone,
  }));
}

/** `used by container web`. */
export function describeUsers(names: readonly string[]): string {
  return `used by ${names.length === 1 ? 'container' : 'containers'} ${names.toSorted().join(', ')}`;
}

async function containerNames(clients: Clients, signal: AbortSignal): Promise<Map<string, string>> {
  const stub = await clients.of(ContainerServiceDefinition);
  const { containers } = await asOurs(stub.list({ all: true }, within(signal)));
  return new Map(containers.flatMap(({ id, names: [name] }) => (name ? [[id, name.replace(/^\//, '')]] : [])));
}
