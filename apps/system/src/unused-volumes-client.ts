import { setTimeout as sleep } from 'node:timers/promises';
import { type VolumeServiceClient, VolumeServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import type { Clients } from '@arcbox/rpc';
import type { DeadlineOptions } from 'nice-grpc-client-middleware-deadline';
import type { Unused } from './prune.ts';
import { asOurs, within } from './remote-call.ts';

const anonymous = 'com.docker.volume.anonymous';

/** How long a volume may take to say how large it is before it goes unmeasured, in milliseconds. */
const patience = 3_000;

/** Volumes that no container uses; without `all`, only those that nobody has named. */
export async function unusedVolumes(clients: Clients, { all }: { all: boolean }, signal: AbortSignal): Promise<Unused[]> {
  const stub = await clients.of(VolumeServiceDefinition);
  const { volumes } = await stub.list({ filters: { dangling: 'true' } }, within(signal));
  return volumes
    .filter(({ labels }) => all || Object.hasOwn(labels, anonymous))
    .map(({ name, created, labels }) => ({
      created: Date.parse(created),
      labels,
      async remove() {
        const bytes = await measure(stub, name, signal);
        await asOurs(stub.remove({ name }, within(signal)));
        return { names: [name], bytes };
      },
    }));
}

/** Sizes are measured in the background and may not be there yet. */
async function measure(stub: VolumeServiceClient<DeadlineOptions>, name: string, signal: AbortSignal): Promise<bigint> {
  for (const end = Date.now() + patience; Date.now() < end; await sleep(20, undefined, { signal })) {
    const { usage } = await asOurs(stub.inspect({ name }, within(signal)));
    if (usage && usage.size >= 0n) return usage.size;
  }
  return 0n;
}
