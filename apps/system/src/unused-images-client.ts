import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import type { Clients } from '@arcbox/rpc';
import { freedBytes, type SizedImage } from './freed-bytes.ts';
import type { Unused } from './prune.ts';
import { asOurs, within } from './remote-call.ts';

const nameless = '<none>:<none>';

/** Images that no container is made from; without `all`, only those without a name. */
export async function unusedImages(clients: Clients, { all }: { all: boolean }, signal: AbortSignal): Promise<Unused[]> {
  const stub = await clients.of(ImageServiceDefinition);
  const { images } = await stub.list({}, within(signal));
  const used = await usedImages(clients, signal);
  const infos = await Promise.all(images.map(({ id }) => stub.inspect({ id }, within(signal)).catch(() => undefined)));
  const present = new Map<string, SizedImage>(
    infos.flatMap((info) => (info ? [[info.id, { size: info.size, layers: info.rootFs?.layers ?? [] }]] : [])),
  );
  return images
    .map((image) => ({ ...image, names: image.repoTags.filter((name) => name !== nameless) }))
    .filter(({ id, names }) => !used.has(id) && (all || names.length === 0))
    .map(({ id, names, created, labels }) => ({
      created: Number(created) * 1000,
      labels,
      async remove() {
        const gone: string[] = [];
        // By name one after the other: the last one takes the image along, and nothing has to be forced.
        for (const name of names.length > 0 ? names : [id]) {
          const { deleted, untagged } = await asOurs(stub.remove({ id: name, pruneParents: true }, within(signal)));
          gone.push(...untagged, ...deleted);
        }
        return { names: gone, bytes: gone.includes(id) ? freedBytes(id, present) : 0n };
      },
    }));
}

async function usedImages(clients: Clients, signal: AbortSignal): Promise<Set<string>> {
  const stub = await clients.of(ContainerServiceDefinition);
  const { containers } = await stub.list({ all: true }, within(signal));
  return new Set(containers.map(({ imageId }) => imageId));
}
