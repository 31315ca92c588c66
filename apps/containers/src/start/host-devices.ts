import { type BigIntStats, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { failedPrecondition, messageOf } from '@arcbox/errors';
import type { Config } from '../record/config.ts';
import type { DeviceUse } from '../options/devices.ts';
import type { FoundDevice } from '../spec/devices.ts';
import type { OciDevice } from '../spec/oci.ts';

/** Names in /dev whose content belongs to the host's own programs, or to each container. */
const notDevices = new Set(['pts', 'shm', 'fd', 'mqueue', 'console', '.lxc', '.lxd-mounts', '.udev']);

/** The devices of the host that a container gets: those asked for, and all of them when it is privileged. FAILED_PRECONDITION names one that is not there. */
export function findDevices({ security, devices }: Pick<Config, 'security' | 'devices'>): FoundDevice[] {
  const asked = (devices?.devices ?? []).flatMap(devicesOf);
  if (!security?.privileged) return asked;
  const places = new Set(asked.map(({ node }) => node.path));
  return [...walk('/dev', '/dev', 'rwm').filter(({ node }) => !places.has(node.path)), ...asked];
}

/** A device, or all devices of a directory. */
function devicesOf({ hostPath, containerPath, permissions }: DeviceUse): FoundDevice[] {
  const real = resolve(hostPath);
  const stat = statSync(real, { bigint: true });
  if (stat.isDirectory()) {
    const found = walk(real, containerPath, permissions);
    if (found.length > 0) return found;
  }
  const node = toNode(stat, containerPath);
  if (!node) throw failedPrecondition(`error gathering device information while adding custom device "${hostPath}": not a device node`);
  return [{ source: real, node, access: permissions }];
}

function resolve(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw failedPrecondition(`error gathering device information while adding custom device "${path}": ${messageOf(error)}`, error);
  }
}

function walk(directory: string, place: string, access: string): FoundDevice[] {
  const names = readdirSync(directory).filter((name) => directory !== '/dev' || !notDevices.has(name));
  return names.flatMap((name) => {
    const path = join(directory, name);
    // Devices come and go.
    const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (!stat) return [];
    if (stat.isDirectory()) return walk(path, join(place, name), access);
    const node = toNode(stat, join(place, name));
    return node ? [{ source: path, node, access }] : [];
  });
}

function toNode(stat: BigIntStats, path: string): OciDevice | undefined {
  if (!stat.isBlockDevice() && !stat.isCharacterDevice()) return undefined;
  return {
    type: stat.isBlockDevice() ? 'b' : 'c',
    path,
    ...numbersOf(stat.rdev),
    fileMode: Number(stat.mode & 0o7777n),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
  };
}

/** As makedev(3) has put them together. */
export function numbersOf(rdev: bigint): { major: number; minor: number } {
  return {
    major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn)),
    minor: Number((rdev & 0xffn) | ((rdev >> 12n) & ~0xffn)),
  };
}
