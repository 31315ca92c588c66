import type { VolumeServiceImplementation } from '@arcbox/proto/arcbox/engine/v1/volume';
import type { CallFields } from '@arcbox/rpc';
import { Upload } from '@arcbox/tar';
import { backupVolume } from './backup.ts';
import { claimVolume } from './claim.ts';
import { cloneVolume } from './clone.ts';
import { exchangeVolumes } from './exchange.ts';
import { type PruneParts, pruneVolumes } from './prune.ts';
import { toPruneResponse, toPruneWish } from './prune-wire.ts';
import { restoreVolume, type RestoreParts } from './restore.ts';
import type { UsageWatch } from './usage.ts';

/** arcbox.engine.v1.VolumeService */
export function engineVolumeService(
  parts: RestoreParts & PruneParts & { usage: UsageWatch },
): VolumeServiceImplementation<CallFields> {
  return {
    async *backup({ name }, { signal }) {
      // Messages wait in a queue, while a chunk is valid only until the next.
      for await (const chunk of backupVolume(parts, name, signal)) yield { data: Buffer.from(chunk) };
    },

    async restore(request, { signal }) {
      const upload = await Upload.begin(request);
      const { name, replace } = upload.first;
      await restoreVolume(parts, { name, replace }, upload.content(), signal);
      parts.usage.refresh(name);
      return {};
    },

    async clone(order, { signal }) {
      await cloneVolume(parts, order, signal);
      parts.usage.refresh(order.name);
      return {};
    },

    async exchange({ first, second }, { signal }) {
      await exchangeVolumes(parts, [first, second], signal);
      for (const name of [first, second]) parts.usage.refresh(name);
      return {};
    },

    async claim({ name, owner, holder }, { signal }) {
      await claimVolume(parts, { name, owner, holder }, signal);
      return {};
    },

    async release({ owner }) {
      parts.claims.release(owner);
      return {};
    },

    async pruneVolumes(request, { signal }) {
      const verdicts = await pruneVolumes(parts, toPruneWish(request, Date.now()), signal);
      for (const { name, removed } of verdicts) if (removed) parts.usage.forget(name);
      return toPruneResponse(verdicts);
    },
  };
}
