import { type Json, shown, textMapOf, textOf } from './json.ts';
import type { Texts } from './order.ts';

/** Answer of `GET /volumes/{name}`, or one of the list. */
export type DockerVolume = Json;

export interface VolumeOrder {
  readonly name: string;
  /** Mount options of `local`: `type`, `device`, `o`. */
  readonly options: Texts;
  readonly labels: Texts;
}

export interface MappedVolume {
  readonly order: VolumeOrder;
  /** What cannot be carried, in words. */
  readonly lost: readonly string[];
  /** Why it cannot be brought over at all. */
  readonly unsupported?: string;
}

/** Whose names docker and podman make up: nobody has named it. */
const anonymousName = /^[0-9a-f]{64}$/;
const anonymousLabel = 'com.docker.volume.anonymous';

/** What the driver `local` of this engine has. */
const known = new Set(['type', 'device', 'o']);

/** A volume of the source in the terms of this engine, without what it holds. */
export function toVolumeOrder(volume: DockerVolume): MappedVolume {
  const [name, driver, scope] = [textOf(volume['Name']), textOf(volume['Driver']), textOf(volume['Scope'])];
  const given = Object.entries(textMapOf(volume['Options']));
  const labels = { ...(anonymousName.test(name) ? { [anonymousLabel]: '' } : {}), ...textMapOf(volume['Labels']) };
  const order = { name, options: Object.fromEntries(given.filter(([key]) => known.has(key))), labels };
  const lost = given.filter(([key]) => !known.has(key)).map(([key, value]) => `option ${key}=${shown(value)}`);
  const unsupported = whyNot(driver, scope, volume);
  return { order, lost, ...(unsupported === undefined ? {} : { unsupported }) };
}

function whyNot(driver: string, scope: string, volume: DockerVolume): string | undefined {
  if (driver !== '' && driver !== 'local') return `its driver is ${driver}`;
  return scope === 'global' || 'ClusterVolume' in volume ? 'it belongs to a cluster' : undefined;
}
