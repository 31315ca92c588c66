import { isAlive } from '@arcbox/store';
import type { Ground } from './ground.ts';
import { endHolder, listHolders, PortSockets, titles } from './port-holder.ts';
import { bindTo } from './ports.ts';
import type { Sandbox } from './sandbox.ts';

/** Ends processes that hold ports of nobody, and has the ports of those held again that lost theirs. */
export async function recoverHolders(ground: Ground): Promise<void> {
  await dropUnknownHolders(ground);
  const { records, store } = ground;
  const isOpen = ({ state, ports, holder }: Sandbox): boolean =>
    state === 'open' && ports.length > 0 && (holder === undefined || !isAlive(holder));
  for (const { id } of records.sandboxes.all().filter(isOpen)) {
    using lease = store.leases.tryHold(`sandbox/${id}`);
    const sandbox = lease && records.sandboxes.get(id);
    if (sandbox && isOpen(sandbox)) holdAgain(ground, sandbox);
  }
}

/** A crash between the process that holds ports and the record of it: nobody would ever end it. */
async function dropUnknownHolders({ netns, records, store, log }: Ground): Promise<void> {
  for (const { owner: container, identity } of listHolders(titles.ports, netns)) {
    if (records.sandboxes.get(container)?.holder === identity) continue;
    using lease = store.leases.tryHold(`sandbox/${container}`);
    if (!lease || records.sandboxes.get(container)?.holder === identity) continue;
    log.info({ container, process: identity }, 'ending a process that holds ports of no container');
    await endHolder(identity);
  }
}

/** What somebody else has taken meanwhile still leads to the container: the firewall comes first. */
function holdAgain({ records, log }: Ground, { holder: _dead, relays: _closed, ...sandbox }: Sandbox): void {
  using sockets = new PortSockets();
  const lost = sandbox.ports.filter((port) => bindTo(sockets, port));
  if (lost.length > 0) log.warn({ container: sandbox.id, ports: lost }, 'ports of a container are in use by somebody else as well');
  records.sandboxes.put({ ...sandbox, ...sockets.handOver(sandbox.netns) });
}
