import { setTimeout as sleep } from 'node:timers/promises';
import { BuildServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/build';
import { type ContainerUsage, ContainerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/container';
import { ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import type { GetDiskUsageResponse, GetDiskUsageResponse_VolumeUsage as VolumeUsage } from '@arcbox/proto/arcbox/engine/v1/system';
import { type VolumeInfo, VolumeServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import type { Clients } from '@arcbox/rpc';
import { asOurs, longPatience, within } from './remote-call.ts';

/** How long volumes that were never measured may take to be, and one list of them; milliseconds. */
const [volumePatience, listPatience] = [3_000, 10_000];

/** Between two looks whether they are; doubles from the first to the last. Milliseconds. */
const [firstPause, lastPause] = [20, 500];

/** What takes room. Fails when one of the workers is away: half a sum is no sum. */
export async function readDiskUsage(clients: Clients, signal: AbortSignal): Promise<GetDiskUsageResponse> {
  const options = within(signal, longPatience);
  const [images, { containers }, { parts }, volumes] = await Promise.all([
    clients.of(ImageStoreServiceDefinition).then((stub) => asOurs(stub.getImageUsage({}, options))),
    clients.of(ContainerServiceDefinition).then((stub) => asOurs(stub.getUsage({}, options))),
    clients.of(BuildServiceDefinition).then((stub) => asOurs(stub.listCache({}, options))),
    readVolumes(clients, signal),
  ]);
  return {
    images: images.images,
    containers,
    volumes: volumes.map((volume) => toVolumeUsage(volume, containers)).sort((a, b) => Number(b.size - a.size)),
    buildCache: parts,
    layersSize: images.totalSize,
    layersReclaimable: images.reclaimable,
    layersCompressed: images.compressed,
    layersBeside: images.beside,
  };
}

function toVolumeUsage({ name, usage }: VolumeInfo, containers: readonly ContainerUsage[]): VolumeUsage {
  return { name, size: usage?.size ?? -1n, containers: containers.filter(({ volumes }) => volumes.includes(name)).length };
}

/** Sizes are measured in the background and kept; those of new volumes are waited for a little. */
async function readVolumes(clients: Clients, signal: AbortSignal): Promise<VolumeInfo[]> {
  const stub = await clients.of(VolumeServiceDefinition);
  const end = Date.now() + volumePatience;
  for (let pause = firstPause; ; pause = Math.min(2 * pause, lastPause)) {
    const { volumes } = await asOurs(stub.list({}, within(signal, listPatience)));
    if (volumes.every(({ usage }) => usage && usage.size >= 0n) || Date.now() > end) return volumes;
    await sleep(pause, undefined, { signal });
  }
}
