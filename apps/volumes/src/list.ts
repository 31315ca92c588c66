import { invalidArgument } from '@arcbox/errors';
import { hasLabels } from '@arcbox/filters';
import type { VolumeUsers } from './remove.ts';
import { allVolumes, type Volume, type Volumes } from './volume.ts';

const matchers: { readonly [key: string]: (volume: Volume, values: readonly string[], list: string) => boolean } = {
  driver: ({ driver }, values) => values.includes(driver),
  name: ({ id }, values) => values.some((value) => id.includes(value)),
  label: ({ labels }, _, list) => hasLabels(labels, list),
};

/** Questions to the containers worker that run at a time. */
const atOnce = 8;

/**
 * The volumes that match, by name. Different keys all have to match, of the
 * values of one key (comma separated) one, except that all labels have to.
 * Only `dangling` needs the containers worker; the rest is read from the store.
 */
export async function listVolumes(
  { volumes, containers }: { volumes: Volumes; containers: VolumeUsers },
  filters: { readonly [key: string]: string },
  signal: AbortSignal,
): Promise<Volume[]> {
  const { dangling, ...others } = filters;
  const conditions = Object.entries(others).map(([key, list]) => {
    const matches = Object.hasOwn(matchers, key) ? matchers[key] : undefined;
    if (!matches) throw invalidArgument(`unknown volume filter: ${key}`);
    const values = list.split(',').map((value) => value.trim()).filter(Boolean);
    return (volume: Volume) => matches(volume, values, list);
  });
  const wanted = dangling === undefined ? undefined : parseBoolean(dangling);
  const found = allVolumes(volumes)
    .filter((volume) => conditions.every((holds) => holds(volume)))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  if (wanted === undefined) return found;
  const used = await usedAmong(found, containers, signal);
  return found.filter(({ id }) => used.has(id) !== wanted);
}

function parseBoolean(text: string): boolean {
  if (['true', '1'].includes(text)) return true;
  if (['false', '0'].includes(text)) return false;
  throw invalidArgument(`volume filter dangling: neither true nor false: ${text}`);
}

async function usedAmong(found: readonly Volume[], containers: VolumeUsers, signal: AbortSignal): Promise<Set<string>> {
  const used = new Set<string>();
  const left = found.values();
  const ask = async (): Promise<void> => {
    for (const { id } of left) if ((await containers.usersOf(id, signal)).length > 0) used.add(id);
  };
  await Promise.all(Array.from({ length: atOnce }, ask));
  return used;
}
