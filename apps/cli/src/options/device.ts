import type { Device } from '@arcbox/proto/arcbox/engine/v1/container';
import { InvalidArgumentError } from 'commander';

const permissionsPattern = /^[rwm]{1,3}$/;

/** Reads `/dev/fuse`, `/dev/fuse:rw`, `/dev/sda:/dev/xvda`, `/dev/sda:/dev/xvda:r`. */
export function parseDevice(text: string): Device {
  const [hostPath = '', ...rest] = text.split(':');
  const [second, third] = rest;
  const isMode = rest.length === 1 && permissionsPattern.test(second ?? '');
  const containerPath = isMode ? '' : (second ?? '');
  const permissions = isMode ? (second ?? '') : (third ?? '');
  if (!hostPath.startsWith('/') || rest.length > 2 || (containerPath !== '' && !containerPath.startsWith('/'))) {
    throw new InvalidArgumentError('Write /dev/of-the-host[:/dev/inside][:rwm].');
  }
  if (permissions !== '' && !permissionsPattern.test(permissions)) {
    throw new InvalidArgumentError('Permissions are of r, w and m.');
  }
  return { hostPath, containerPath, permissions };
}

export function collectDevice(text: string, previous: readonly Device[] = []): readonly Device[] {
  return [...previous, parseDevice(text)];
}

/** Rules of the devices cgroup, `c 42:* rmw`. */
export function collectDeviceRule(text: string, previous: readonly string[] = []): readonly string[] {
  if (!/^[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.test(text)) {
    throw new InvalidArgumentError("Write type, numbers and permissions: 'c 42:* rmw'.");
  }
  return [...previous, text];
}
