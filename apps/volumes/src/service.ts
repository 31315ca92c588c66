import type { VolumeServiceImplementation } from '@arcbox/proto/arcbox/v1/api';
import type { CallContext } from '@arcbox/rpc';
import type { Claims } from './claims.ts';
import { createVolume } from './create.ts';
import { listVolumes } from './list.ts';
import { type Removal, removeVolume, type VolumeUsers } from './remove.ts';
import type { UsageWatch } from './usage.ts';
import { findVolume, type Volume } from './volume.ts';
import { toCreateResponse, toVolumeInfo, toVolumeOrder } from './wire.ts';

export function volumeService(
  parts: Removal & { containers: VolumeUsers; claims: Claims; usage: UsageWatch },
): VolumeServiceImplementation<CallContext> {
  const { tree, usage, volumes } = parts;
  const toInfo = (volume: Volume) => toVolumeInfo(volume, tree.mountpoint(volume.id), usage.get(volume));
  return {
    async create(request, { signal }) {
      const volume = await createVolume(parts, toVolumeOrder(request), signal);
      return toCreateResponse(volume, tree.mountpoint(volume.id));
    },

    async remove({ name, force }, { signal }) {
      await removeVolume(parts, { name, force }, signal);
      usage.forget(name);
      return {};
    },

    async list({ filters }, { signal }) {
      const found = await listVolumes(parts, filters, signal);
      return { volumes: found.map(toInfo) };
    },

    async inspect({ name }) {
      return toInfo(findVolume(volumes, name));
    },
  };
}
