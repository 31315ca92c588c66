import { dropEndpoint, resolversFor } from './endpoints.ts';
import { forgetFlows } from './forget-flows.ts';
import type { Ground } from './ground.ts';
import { removeLinks } from './links.ts';
import { connectionEvent } from './network-events.ts';
import { routeOut } from './route-out.ts';
import type { Endpoint, Sandbox } from './sandbox.ts';

/** Takes an open sandbox off a network; undefined when there is no sandbox. */
export async function leaveNetwork(
  ground: Ground,
  containerId: string,
  reference: string,
  signal: AbortSignal,
): Promise<Sandbox | undefined> {
  using _lease = await ground.store.leases.hold(`sandbox/${containerId}`, signal);
  const sandbox = ground.records.sandboxes.get(containerId);
  if (sandbox?.state !== 'open') return undefined;
  const endpoint = findEndpoint(sandbox, reference);
  if (!endpoint) return sandbox;
  await ground.settled();
  return await unplugEndpoint(ground, sandbox, endpoint);
}

/** By network id, name or unique prefix of an id: also of a network that is no longer there. */
function findEndpoint({ endpoints }: Sandbox, reference: string): Endpoint | undefined {
  const name = reference.replace(/^\//, '');
  const exact = endpoints.find(({ networkId, networkName }) => networkId === name || networkName === name);
  if (exact || !/^[0-9a-f]+$/.test(name)) return exact;
  const [first, ...others] = endpoints.filter(({ networkId }) => networkId.startsWith(name));
  return others.length === 0 ? first : undefined;
}

/**
 * Undoes an endpoint, in whatever stage it is; nothing cancels this. The caller
 * holds the sandbox's lease. The world hears of it if it had heard that it came.
 */
export async function unplugEndpoint(ground: Ground, before: Sandbox, endpoint: Endpoint): Promise<Sandbox> {
  const { records, store, firewall } = ground;
  const told = endpoint.stage !== 'joining';
  const endpoints = before.endpoints.map((other) =>
    other.id === endpoint.id ? { ...other, stage: endpoint.stage ?? ('leaving' as const) } : other,
  );
  const leaving: Sandbox = { ...before, endpoints };
  records.sandboxes.put(leaving);
  await firewall.lead(before, leaving);
  if (endpoint.link !== '') await removeLinks([endpoint.link]);
  // Whoever began this may have died before it came to the routes.
  await routeOut(ground, before, endpoint.stage ? [] : before.endpoints, endpoints);
  await forgetFlows(before, ground.log);
  const after = store.transaction(() => {
    const kept = endpoints.filter(({ id }) => id !== endpoint.id);
    const sandbox: Sandbox = { ...before, endpoints: kept, ...resolversFor(ground, kept, before.dns ?? []) };
    dropEndpoint(records, endpoint, before.id);
    records.sandboxes.put(sandbox);
    if (told) store.outbox.append(connectionEvent('disconnect', before, endpoint));
    return sandbox;
  });
  await ground.names.update([endpoint.networkId].flatMap((id) => records.networks.get(id) ?? []));
  return after;
}
