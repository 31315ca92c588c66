import { alreadyExists, failedPrecondition } from '@arcbox/errors';
import type { Container } from '../record/container.ts';
import { isRunning } from '../record/container.ts';
import { type FinishStartDeps, holdWhole } from '../start/finish-start.ts';
import { updateNetworkFiles } from '../start/network.ts';
import type { Network } from '../record/status.ts';
import { type Attachment, attachmentsOf, checkAttachment, refuseAttachments, withAttachments } from '../options/networking.ts';
import { isSameNetwork } from '../options/same-network.ts';

/** A network as the networks worker knows it. */
export interface KnownNetwork {
  readonly id: string;
  readonly name: string;
  /** `bridge`, `host` or `null`. */
  readonly driver: string;
}

export interface ConnectDeps extends FinishStartDeps {
  readonly sandboxes: FinishStartDeps['sandboxes'] & {
    lookUp(reference: string): Promise<KnownNetwork>;
    join(id: string, attachment: Attachment): Promise<Network>;
  };
}

/** Puts a container, running or not, on a further network, for this run and those to come. */
export async function connectNetwork(deps: ConnectDeps, reference: string, wanted: Attachment, signal: AbortSignal): Promise<void> {
  const { containers, sandboxes, places } = deps;
  const attachment = checkAttachment(wanted);
  const { id } = containers.find(reference);
  const network = await sandboxes.lookUp(attachment.network);
  using _lease = await holdWhole(deps, id, signal);
  const container = containers.find(id);
  requireOwnNetwork(container, network);
  if (network.driver === 'null') return await joinNone(deps, container, attachment);
  const attachments = attachmentsOf(container.config);
  if (attachments.some((present) => isSameNetwork(present.network, network))) {
    throw alreadyExists(`container ${container.name} is connected to network ${network.name} already`);
  }
  // By its name, so that one of that name that is made again does as well.
  const named = { ...attachment, network: network.name };
  const present = isRunning(container) ? await sandboxes.join(id, named) : undefined;
  if (present) updateNetworkFiles(places.home(id), container, present);
  containers.reconnect(id, (config) => withAttachments(config, [...attachments, named]), present);
}

/** Puts a container that is on no network on `none`, where it is the only one that it can be on. */
async function joinNone({ containers, sandboxes }: ConnectDeps, container: Container, attachment: Attachment): Promise<void> {
  const named = { ...attachment, network: 'none' };
  refuseAttachments([named], 'none');
  const present = isRunning(container) ? await sandboxes.join(container.id, named) : undefined;
  containers.reconnect(container.id, (config) => withAttachments({ ...config, network: { kind: 'none' } }, []), present);
}

function requireOwnNetwork({ name, config, status }: Container, network: KnownNetwork): void {
  const isFree = config.network.kind === 'network' && attachmentsOf(config).length === 0;
  const { kind } = config.network;
  const refuse = (why: string) => failedPrecondition(`container ${name} cannot be connected to network ${network.name}: ${why}`);
  if (status.state === 'removing' || status.state === 'dead') throw refuse(`it is ${status.state}`);
  if (kind === 'host') throw refuse('it uses the network of the host');
  if (kind === 'container') throw refuse('it uses the network of another container');
  if (kind === 'none') throw refuse('it is on network none, disconnect it from that first');
  if (network.driver === 'null' && !isFree) throw refuse('it is on other networks, disconnect it from them first');
  if (network.driver === 'host') throw refuse('only the container that is made with it can be on it');
}
