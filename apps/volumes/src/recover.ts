import type { Logger } from '@arcbox/log';
import type { Store } from '@arcbox/store';
import { attach } from './attach.ts';
import { draftLease } from './draft.ts';
import { finishExchanges } from './exchange.ts';
import { isForeign } from './options.ts';
import { finishRemoval, type Removal } from './remove.ts';
import { allVolumes, leaseOf, type Volume } from './volume.ts';
import type { VolumeTree } from './volume-tree.ts';

type RecoverParts = Removal & { readonly log: Logger };

/**
 * Finishes or undoes what was half-done when the worker died, and mounts again
 * what a reboot has unmounted. Takes the lease of all it touches, since
 * another replica may be at work; what cannot be repaired is reported and
 * keeps nobody else from working.
 */
export async function recover(parts: RecoverParts): Promise<void> {
  const { store, tree, volumes, log } = parts;
  using alone = store.leases.tryHold('recovery');
  if (!alone) return;
  for (const error of await finishExchanges(parts)) log.error({ error }, 'an exchange of volumes was not finished');
  for (const volume of volumes.all().filter(({ removing }) => removing)) {
    await attempt(parts, volume.id, () => finishRemoval(parts, volume));
  }
  for (const name of await tree.names()) {
    await attempt(parts, name, async () => {
      if (volumes.get(name)) return;
      if (await tree.putAway(name)) log.warn({ volume: name }, 'directory without a record was put into lost');
    });
  }
  for (const error of await dropDrafts(store, tree)) log.warn({ error }, 'what was being made cannot be deleted');
  for (const error of await tree.emptyTrash()) log.warn({ error }, 'what was removed cannot be deleted');
  for (const volume of allVolumes(volumes)) if (!isForeign(volume.options)) await attachAgain(parts, volume);
}

/** Mounts again what others have to give, each at its own time. Whoever starts a container with one waits for that alone. */
export async function attachForeign(parts: RecoverParts, signal: AbortSignal): Promise<void> {
  const foreign = allVolumes(parts.volumes).filter(({ options }) => isForeign(options));
  await Promise.all(foreign.map((volume) => attachAgain(parts, volume, signal)));
}

async function attachAgain(parts: RecoverParts, { id }: Volume, signal?: AbortSignal): Promise<void> {
  const { tree, volumes, log } = parts;
  await attempt(parts, id, async () => {
    const volume = volumes.get(id);
    if (!volume || volume.removing) return;
    if (!tree.has(id)) log.error({ volume: id }, 'the content of the volume is gone');
    else await attach(volume.options, tree.mountpoint(id), signal);
  });
}

/** Works on a volume, unless somebody else does. */
async function attempt({ store, log }: RecoverParts, name: string, work: () => Promise<void>): Promise<void> {
  using lease = store.leases.tryHold(leaseOf(name));
  if (!lease) return;
  try {
    await work();
  } catch (error) {
    log.error({ error, volume: name }, 'volume could not be recovered');
  }
}

/** Those that nobody works on. Returns why what stays could not be deleted. */
async function dropDrafts(store: Store, tree: VolumeTree): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (const draft of await tree.drafts()) {
    using lease = store.leases.tryHold(draftLease(draft));
    if (lease) await tree.drop(draft).catch((error: unknown) => failures.push(error));
  }
  return failures;
}
