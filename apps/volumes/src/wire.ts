import type { CreateVolumeRequest, CreateVolumeResponse, VolumeInfo } from '@arcbox/proto/arcbox/v1/api';
import type { VolumeOrder } from './create.ts';
import type { Usage, Volume } from './volume.ts';

export function toVolumeOrder({ name, driver, driverOpts, labels }: CreateVolumeRequest): VolumeOrder {
  return { name, driver, options: driverOpts, labels };
}

export function toCreateResponse({ id, driver }: Volume, mountpoint: string): CreateVolumeResponse {
  return { name: id, driver, mountpoint };
}

export function toVolumeInfo({ id, driver, created, labels, options }: Volume, mountpoint: string, usage: Usage): VolumeInfo {
  return {
    name: id,
    driver,
    mountpoint,
    created: formatTime(created),
    status: {},
    labels: { ...labels },
    scope: 'local',
    options: { ...options },
    usage: { size: BigInt(usage.size), refCount: BigInt(usage.users) },
  };
}

/** RFC 3339 with nanoseconds. */
const formatTime = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('Z', '000000Z');
