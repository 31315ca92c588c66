import { randomUUID } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { formatFamiliar, parseReference } from '@arcbox/reference';
import { toCreateOrder } from '../settings/container.ts';
import { type Json, textOf, textsOf } from '../settings/json.ts';
import { isPredefined, toNetworkOrder } from '../settings/network.ts';
import { findName, nameOfContainer, type Surroundings, surroundingsOf } from '../settings/surroundings.ts';
import { toVolumeOrder } from '../settings/volume.ts';
import { tagsOf } from '../source/docker.ts';
import { bindsOf, diffIdsOf, idOf, type Inventory, isFleeting, mountPointsOf, sizeOf, stateOf, volumesOf } from './inventory.ts';
import type { Plan, PlannedContainer, PlannedImage, PlannedNetwork, PlannedVolume } from './plan.ts';
import { startsAfter } from './start-order.ts';

/** A plan before anybody has looked at what is here. */
export type Draft = Omit<Plan, 'kind' | 'socket' | 'replacements'>;

/** What to know, and what is left behind; both grow on the way. */
interface Notes {
  readonly warnings: string[];
  readonly unsupported: string[];
}

/** What of an inventory can be brought over, and how. */
export function drawPlan(inventory: Inventory): Draft {
  const notes: Notes = { warnings: [], unsupported: [] };
  const containers = planContainers(inventory, notes);
  const coming = new Set(containers.map(({ id }) => id));
  return {
    id: randomUUID(),
    created: Date.now(),
    images: planImages(inventory, containers, notes),
    volumes: planVolumes(inventory, containers, notes),
    networks: planNetworks(inventory, notes),
    containers,
    others: inventory.containers.map(({ Id }) => textOf(Id)).filter((id) => !coming.has(id)),
    ...notes,
  };
}

function planContainers(inventory: Inventory, notes: Notes): readonly PlannedContainer[] {
  const { source, containers, networks, images } = inventory;
  const surroundings = surroundingsOf(source, containers, networks);
  const imagesById = new Map(images.map((image) => [idOf(image), image]));
  const planned = containers.flatMap((container) => {
    const name = nameOfContainer(container);
    const image = imagesById.get(idOf({ Id: container['Image'] }));
    const why = whyNotContainer(container, image, inventory);
    if (why !== undefined) {
      notes.unsupported.push(`container ${name}: ${why}`);
      return [];
    }
    return [planContainer(container, image, surroundings, notes)];
  });
  const all = withoutOrphans(planned, notes);
  const restarted = all.filter(({ order }) => order.restart.name === 'always').map(({ name }) => name);
  if (restarted.length > 0) notes.warnings.push(`containers that are always restarted run again at the source, too, when that engine is started anew: ${restarted.join(', ')}`);
  return all;
}

/** Without those that share something with a container that does not come. */
function withoutOrphans(planned: readonly PlannedContainer[], notes: Notes): readonly PlannedContainer[] {
  const names = new Set(planned.map(({ name }) => name));
  const missing = ({ needs }: PlannedContainer): string | undefined => needs.find((name) => !names.has(name));
  const orphan = planned.find((container) => missing(container) !== undefined);
  if (!orphan) return planned;
  notes.unsupported.push(`container ${orphan.name}: it shares something with the container ${missing(orphan)}, which is not brought over`);
  return withoutOrphans(planned.filter((one) => one !== orphan), notes);
}

/** Of a container here, in characters. */
const longestName = 255;

function whyNotContainer(container: Json, image: Json | undefined, { networks, source }: Inventory): string | undefined {
  if (isFleeting(container)) return 'it removes itself when it is stopped';
  if (nameOfContainer(container).length > longestName) return `its name is longer than ${longestName} characters`;
  if (!image) return 'its image is gone';
  if (!isLinux(image)) return `its image is for ${textOf(image['Os'])}`;
  const left = networks.filter((network) => !isPredefined(network, source) && toNetworkOrder(network).unsupported !== undefined);
  const on = left.find((network) => networkNames(container).includes(textOf(network['Name'])));
  return on && `it is on the network ${textOf(on['Name'])}, which cannot be brought over`;
}

function networkNames(container: Json): string[] {
  const settings = container['NetworkSettings'] as Json | undefined;
  return Object.keys((settings?.['Networks'] as Json | undefined) ?? {});
}

function planContainer(container: Json, image: Json | undefined, surroundings: Surroundings, notes: Notes): PlannedContainer {
  const { order, needs, lost } = toCreateOrder(container, image, surroundings);
  const { name } = order;
  notes.warnings.push(...lost.map((what) => `container ${name}: not carried: ${what}`));
  for (const path of bindsOf(container)) {
    if (isMissing(path)) notes.warnings.push(`container ${name}: ${path}, which it binds, is not on this host`);
  }
  return { id: textOf(container['Id']), name, imageId: idOf({ Id: container['Image'] }), order, needs, after: startsAfter(container, needs).map((other) => findName(surroundings.containers, other)), state: stateOf(container) };
}

/** What this worker may not look at may well be there. */
function isMissing(path: string): boolean {
  try {
    lstatSync(path);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

function planImages({ images, strays }: Inventory, containers: readonly PlannedContainer[], notes: Notes): PlannedImage[] {
  if (strays.length > 0) notes.unsupported.push(tellStrays(strays));
  const used = new Set(containers.map(({ imageId }) => imageId));
  return images.flatMap((image) => {
    const id = idOf(image);
    const tags = tagsOf(image).map(familiar);
    if (!isLinux(image)) {
      notes.unsupported.push(`image ${tags[0] ?? id}: it is for ${textOf(image['Os'])}`);
      return [];
    }
    return tags.length > 0 || used.has(id) ? [{ id, tags, size: sizeOf(image), diffIds: diffIdsOf(image) }] : [];
  });
}

/** Of images that nobody could call by a name here; the first of them. */
function tellStrays(strays: readonly Json[]): string {
  const shown = strays.slice(0, 5).map((image) => textsOf(image['RepoDigests']).find((digest) => !digest.includes('<none>')) ?? idOf(image).slice(0, 19));
  return `${strays.length} images without a tag that no container uses: ${shown.join(', ')}${strays.length > shown.length ? ', …' : ''}`;
}

const familiar = (name: string): string => formatFamiliar(parseReference(name));

const isLinux = ({ Os }: Json): boolean => ['', 'linux'].includes(textOf(Os));

function planVolumes({ volumes, containers }: Inventory, planned: readonly PlannedContainer[], notes: Notes): PlannedVolume[] {
  const stopped = new Set(planned.map(({ id }) => id));
  return volumes.flatMap((volume) => {
    const { order, lost, unsupported } = toVolumeOrder(volume);
    if (unsupported !== undefined) {
      notes.unsupported.push(`volume ${order.name}: ${unsupported}`);
      return [];
    }
    notes.warnings.push(...lost.map((what) => `volume ${order.name}: not carried: ${what}`), ...usesOf(order.name, containers, stopped));
    const seenBy = containers.flatMap((container) => placeIn(container, order.name))[0];
    return [{ order, mountpoint: textOf(volume['Mountpoint']), ...(seenBy ? { seenBy } : {}) }];
  });
}

function usesOf(volume: string, containers: readonly Json[], stopped: ReadonlySet<string>): string[] {
  const users = containers.filter((container) => stateOf(container) !== 'stopped' && volumesOf(container).some(({ name }) => name === volume));
  return users.map((container) =>
    stopped.has(textOf(container['Id']))
      ? `volume ${volume}: the container ${nameOfContainer(container)}, which uses it, will be stopped`
      : `volume ${volume}: the container ${nameOfContainer(container)} goes on writing to it: it is not brought over, and not stopped`,
  );
}

/** Where a container has a volume, and nothing else below. */
function placeIn(container: Json, volume: string): { id: string; path: string }[] {
  const points = mountPointsOf(container);
  const free = volumesOf(container).filter(({ name, path }) => name === volume && !points.some((point) => point.startsWith(`${path}/`)));
  return isFleeting(container) ? [] : free.map(({ path }) => ({ id: textOf(container['Id']), path }));
}

function planNetworks({ networks, source }: Inventory, notes: Notes): PlannedNetwork[] {
  return networks.filter((network) => !isPredefined(network, source)).flatMap((network) => {
    const { order, lost, unsupported } = toNetworkOrder(network);
    if (unsupported !== undefined) {
      notes.unsupported.push(`network ${order.name}: ${unsupported}`);
      return [];
    }
    notes.warnings.push(...lost.map((what) => `network ${order.name}: not carried: ${what}`));
    return [{ order }];
  });
}
