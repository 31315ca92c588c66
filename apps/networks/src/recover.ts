import { basename } from 'node:path';
import { requireCapabilities } from './capability.ts';
import { tearDown } from './close-sandbox.ts';
import { hostLock } from './create-network.ts';
import { holdFile } from './file-lock.ts';
import { enableForwarding, enableForwarding6, forwardingWarnings } from './forwarding.ts';
import { finishChanges } from './finish-changes.ts';
import type { Ground } from './ground.ts';
import { batch, linkExists, ownLinks, removeLinks } from './links.ts';
import { unplugEndpoint } from './leave-network.ts';
import { isNamespace, listNamespaces, removeNamespace } from './namespace.ts';
import { recordPredefined } from './predefined.ts';
import { recoverHolders } from './recover-holders.ts';
import { discardUnfinished } from './remove-network.ts';
import { restoreBridges } from './restore-bridges.ts';
import type { Sandbox } from './sandbox.ts';

/**
 * Makes the kernel and the records agree, after a crash, a reboot, or somebody
 * else's hands: what is recorded is put back, what nobody knows of goes, what
 * was half done is undone. Traffic of running containers does not notice.
 */
export async function recover(ground: Ground): Promise<void> {
  requireCapabilities();
  enableForwarding(ground.log);
  await dropDeadSandboxes(ground);
  {
    using _lock = await holdFile(hostLock, 'exclusive');
    await recordPredefined(ground);
    await restoreBridges(ground);
  }
  if (ground.records.bridges().some(({ subnets }) => subnets.some(({ family }) => family === 6))) {
    enableForwarding6(ground.log);
  }
  await discardUnfinished(ground);
  dropUnknownNamespaces(ground);
  await recoverHolders(ground);
  await finishLeaving(ground);
  await finishChanges(ground);
  await reconcileLinks(ground);
  await ground.firewall.restore();
  await ground.names.restore();
  for (const warning of await forwardingWarnings()) ground.log.warn(warning);
}

/** Sandboxes whose namespace has gone, as all have after a reboot, and those that a crash left half done. */
async function dropDeadSandboxes(ground: Ground): Promise<void> {
  const dead = ground.records.sandboxes.all().filter(isDead);
  // All at once, so that the firewall is changed once.
  await Promise.all(dead.map(({ id }) => dropSandbox(ground, id)));
}

async function dropSandbox(ground: Ground, id: string): Promise<void> {
  using lease = ground.store.leases.tryHold(`sandbox/${id}`);
  // Without it, somebody alive is at work on it.
  const sandbox = lease && ground.records.sandboxes.get(id);
  if (!sandbox || !isDead(sandbox)) return;
  ground.log.info({ container: id, name: sandbox.name, state: sandbox.state }, 'dropping a sandbox that is dead or half done');
  try {
    await tearDown(ground, sandbox);
  } catch (error) {
    ground.log.error({ error, container: id }, 'cannot drop a sandbox; closing it tries again');
  }
}

function isDead({ state, netns }: Sandbox): boolean {
  return state !== 'open' || !isNamespace(netns);
}

function dropUnknownNamespaces({ netns, records, store, log }: Ground): void {
  for (const path of listNamespaces(netns)) {
    const id = basename(path);
    if (records.sandboxes.get(id)) continue;
    using lease = store.leases.tryHold(`sandbox/${id}`);
    if (!lease || records.sandboxes.get(id)) continue;
    log.info({ path }, 'removing a namespace that belongs to no container');
    removeNamespace(path);
  }
}

/** What a crash left between two networks of an open sandbox is taken off: a join was not answered, a leave was asked for. */
async function finishLeaving(ground: Ground): Promise<void> {
  const isStaged = ({ endpoints }: Sandbox): boolean => endpoints.some(({ stage }) => stage);
  for (const { id } of ground.records.sandboxes.all().filter(isStaged)) {
    using lease = ground.store.leases.tryHold(`sandbox/${id}`);
    for (let sandbox = lease && ground.records.sandboxes.get(id); sandbox; ) {
      const half = sandbox.endpoints.find(({ stage }) => stage);
      sandbox = half && sandbox.state === 'open' ? await unplugEndpoint(ground, sandbox, half) : undefined;
    }
  }
}

/** Removes interfaces that belong to no record and puts back on their bridge those that fell off it. */
async function reconcileLinks({ tag, records }: Ground): Promise<void> {
  // The kernel is read before the records: what comes in between is in the records only.
  const present = await ownLinks(tag);
  const networks = new Map(records.networks.all().map((network) => [network.id, network]));
  const wanted = new Map<string, string>();
  for (const { link } of networks.values()) wanted.set(link, '');
  for (const { endpoints } of records.sandboxes.all()) {
    for (const { link, networkId } of endpoints) wanted.set(link, networks.get(networkId)?.link ?? '');
  }
  await removeLinks(present.map(({ name }) => name).filter((name) => !wanted.has(name)));
  const fallen = present.flatMap(({ name, master }) => {
    const bridge = wanted.get(name);
    return bridge && master !== bridge && linkExists(bridge) ? [`link set dev ${name} master ${bridge} up`] : [];
  });
  await batch(fallen, ['-force']);
}
