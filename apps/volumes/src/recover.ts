import { existsSync } from 'node:fs';
import type { Logger } from '@arcbox/log';
import { attach } from './attach.ts';
import { finishRemoval, type Removal } from './remove.ts';
import type { Store } from '@arcbox/store';
import { draftLease } from './draft.ts';
import { allVolumes, leaseOf, type Volume } from './volume.ts';
import type { VolumeTree } from './volume-tree.ts';

/**
 * Finishes or undoes what was half-done when the worker died, and mounts again
 * what a reboot has unmounted. Takes the lease of all it touches, since
 * another replica may be at work; what cannot be repaired is reported and
 * keeps nobody else from working.
 */
export async function recover({ log, ...parts }: Removal & { log: Logger }): Promise<void> {
  const { store, tree, volumes } = parts;
  using alone = store.leases.tryHold('recovery');
  if (!alone) return;
  const attempt = async (name: string, work: () => Promise<void> | void): Promise<void> => {
    using lease = store.leases.tryHold(leaseOf(name));
    if (!lease) return;
    try {
      await work();
    } catch (error) {
      log.error({ error, volume: name }, 'volume could not be recovered');
    }
  };
  for (const volume of volumes.all().filter(({ removing }) => removing)) {
    await attempt(volume.id, () => finishRemoval(parts, volume));
  }
  for (const name of await tree.names()) {
    await attempt(name, async () => {
      if (volumes.get(name)) return;
      if (await tree.putAway(name)) log.warn({ volume: name }, 'directory without a record was put into lost');
    });
  }
  if (!store.leases.held().some((name) => name.startsWith(leaseOf('')))) await dropDrafts(store, tree);
  await tree.emptyTrash();
  const attachAgain = async ({ id, options }: Volume): Promise<void> => {
    await attempt(id, async () => {
      if (!existsSync(tree.mountpoint(id))) log.error({ volume: id }, 'the content of the volume is gone');
      else await attach(options, tree.mountpoint(id));
    });
  };
  // A server that does not answer keeps nobody but its own volume waiting.
  await Promise.all(allVolumes(volumes).map(attachAgain));
}

/** Those that nobody works on. */
async function dropDrafts(store: Store, tree: VolumeTree): Promise<void> {
  for (const draft of await tree.drafts()) {
    using lease = store.leases.tryHold(draftLease(draft));
    if (lease) await tree.drop(draft);
  }
}
