import { posix } from 'node:path';
import { invalidArgument } from '@arcbox/errors';

/** Devices of the host that a container gets. */
export interface Devices {
  readonly devices: readonly DeviceUse[];
  /** Rules of the devices cgroup: `c 42:* rmw`. */
  readonly rules: readonly string[];
}

export interface DeviceUse {
  /** Device, or directory of devices, on the host; looked at when the container starts. */
  readonly hostPath: string;
  readonly containerPath: string;
  /** Of `r`, `w`, `m`. */
  readonly permissions: string;
}

/** As asked for: an empty place is the same, no permissions are all. */
export interface DevicesRequest {
  readonly devices: readonly DeviceUse[];
  readonly deviceCgroupRules: readonly string[];
}

/** docs.kernel.org, cgroup-v1/devices: type, major:minor, access. */
const rulePattern = /^[acb] ([0-9]+|\*):([0-9]+|\*) [rwm]{1,3}$/;

/** Undefined when there are none. INVALID_ARGUMENT names what is wrong. */
export function checkDevices({ devices, deviceCgroupRules }: DevicesRequest): Devices | undefined {
  const bad = deviceCgroupRules.find((rule) => !rulePattern.test(rule));
  if (bad !== undefined) throw invalidArgument(`invalid device cgroup rule format: '${bad}'`);
  if (devices.length + deviceCgroupRules.length === 0) return undefined;
  return { devices: devices.map(checkDevice), rules: deviceCgroupRules };
}

function checkDevice({ hostPath, containerPath, permissions }: DeviceUse): DeviceUse {
  for (const path of [hostPath, containerPath || hostPath]) {
    if (!path.startsWith('/') || path.includes('\0')) throw invalidArgument(`device path must be an absolute path: ${path}`);
  }
  if (!/^[rwm]{0,3}$/.test(permissions) || new Set(permissions).size < permissions.length) {
    throw invalidArgument(`invalid device permissions: ${permissions}`);
  }
  const place = posix.normalize(containerPath || hostPath).replace(/(.)\/$/, '$1');
  if (place === '/') throw invalidArgument('a device cannot take the place of the root directory');
  return { hostPath, containerPath: place, permissions: permissions || 'rwm' };
}
