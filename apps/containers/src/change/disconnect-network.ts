import { failedPrecondition, isKind } from '@arcbox/errors';
import type { KnownNetwork } from './connect-network.ts';
import type { Config } from '../record/config.ts';
import { type Container, isRunning } from '../record/container.ts';
import type { Network } from '../record/status.ts';
import { type FinishStartDeps, holdWhole } from '../start/finish-start.ts';
import { updateNetworkFiles } from '../start/network.ts';
import { attachmentsOf, withAttachments } from '../options/networking.ts';
import { isSameNetwork } from '../options/same-network.ts';

export interface DisconnectDeps extends FinishStartDeps {
  readonly sandboxes: FinishStartDeps['sandboxes'] & {
    lookUp(reference: string): Promise<KnownNetwork>;
    leave(id: string, network: string): Promise<Network | undefined>;
  };
}

/**
 * Takes a container off a network, for this run and those to come. With `force`
 * also when the network is gone, or the container, then named by its full id.
 */
export async function disconnectNetwork(
  deps: DisconnectDeps,
  reference: string,
  wanted: { readonly network: string; readonly force: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { containers, sandboxes, places } = deps;
  const network = await find(deps, wanted);
  const id = idOf(deps, reference, wanted.force);
  using _lease = await holdWhole(deps, id, signal);
  const container = containers.get(id);
  if (!container) return void (await sandboxes.leave(id, network.id || network.name));
  if (container.config.network.kind !== 'network') return await leaveSpecial(deps, container, network);
  const attachments = attachmentsOf(container.config);
  const kept = attachments.filter((attachment) => !isSameNetwork(attachment.network, network));
  if (kept.length === attachments.length) throw notConnected(container, network);
  const present = isRunning(container) ? await sandboxes.leave(id, network.id || network.name) : undefined;
  if (present) updateNetworkFiles(places.home(id), container, present);
  containers.reconnect(id, (config) => withAttachments(config, kept), present);
}

async function find({ sandboxes }: DisconnectDeps, { network, force }: { network: string; force: boolean }): Promise<KnownNetwork> {
  try {
    return await sandboxes.lookUp(network);
  } catch (error) {
    if (!force || !isKind(error, 'not-found')) throw error;
    return { id: '', name: network.replace(/^\//, ''), driver: 'bridge' };
  }
}

function idOf({ containers }: DisconnectDeps, reference: string, force: boolean): string {
  try {
    return containers.find(reference).id;
  } catch (error) {
    if (!force || !/^[0-9a-f]{64}$/.test(reference)) throw error;
    return reference;
  }
}

/** Only `none` can be left, which makes room for others. */
async function leaveSpecial({ containers, sandboxes }: DisconnectDeps, container: Container, network: KnownNetwork): Promise<void> {
  const { kind } = container.config.network;
  if (kind === 'host' && network.driver === 'host') {
    throw failedPrecondition(`container ${container.name} cannot be disconnected from the network of the host`);
  }
  if (kind !== 'none' || network.driver !== 'null') throw notConnected(container, network);
  const present = isRunning(container) ? await sandboxes.leave(container.id, network.id) : undefined;
  if (isRunning(container) && !present) {
    throw failedPrecondition(`container ${container.name} was started by an earlier engine: stop it before it leaves network none`);
  }
  const alone = (config: Config): Config => withAttachments({ ...config, network: { kind: 'network', name: 'none' } }, []);
  containers.reconnect(container.id, alone, present);
}

function notConnected({ name }: Container, network: KnownNetwork): Error {
  return failedPrecondition(`container ${name} is not connected to network ${network.name}`);
}
